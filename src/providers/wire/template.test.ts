import { Template } from './template';

describe('Template', () => {
  it('puts the values between the texts', () => {
    const template = new Template(['{"名":', ',"b":"', '"}']);
    expect(template.fill('1', 'x').toString()).toBe('{"名":1,"b":"x"}');
    expect(template.fill('22', '').toString()).toBe('{"名":22,"b":""}');
  });

  it('gives the same bytes every time when nothing differs', () => {
    const template = new Template(['same']);
    expect(template.fill()).toBe(template.fill());
  });
});
