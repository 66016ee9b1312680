import { useState } from 'preact/hooks';
import { Trouble } from '../parts/trouble';
import { setUpCast } from '../phones/cast';
import { LockScreen } from '../phones/lock-screen';
import { MessageForm } from '../phones/message-form';
import { phoneKey } from '../phones/shown';
import { usePhones } from '../phones/use-phones';
import { RequestError } from '../request';
import { useTexts } from '../texts/language';

export function Phones() {
  const { phones: texts, loading } = useTexts();
  const { phones, hasCast, clear, reload } = usePhones();
  return (
    <>
      <p class="hint">{texts.explain}</p>
      {hasCast === null && <p role="status">{loading}</p>}
      {hasCast === false && <SetUp isAlone={phones.length === 0} done={reload} />}
      {hasCast === true && <MessageForm />}
      {phones.length > 0 && (
        <>
          <div class="phones">
            {phones.map((phone) => (
              <LockScreen key={phoneKey(phone)} phone={phone} />
            ))}
          </div>
          <button type="button" class="quiet" onClick={clear}>
            {texts.clear}
          </button>
        </>
      )}
    </>
  );
}

function SetUp({ isAlone, done }: { isAlone: boolean; done: () => void }) {
  const { phones } = useTexts();
  const [state, setState] = useState<'idle' | 'busy' | RequestError | null>('idle');
  const setUp = async (): Promise<void> => {
    setState('busy');
    try {
      await setUpCast();
      done();
    } catch (error) {
      setState(error instanceof RequestError ? error : null);
    }
  };
  return (
    <div class="card">
      {isAlone && <p>{phones.empty}</p>}
      <button type="button" disabled={state === 'busy'} onClick={() => void setUp()}>
        {state === 'busy' ? phones.settingUp : phones.setUp}
      </button>
      {state !== 'idle' && state !== 'busy' && <Trouble error={state} />}
    </div>
  );
}
