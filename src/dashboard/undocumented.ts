/** The page alone uses these routes, and openapi.json does not have them: they change with the page. */
export const undocumented = { tag: 'dashboard', answers: {}, example: {} } as const;
