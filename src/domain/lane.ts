/** direct: at most 20 recipients; bulk: more. Read 4 : 1, so that a big group never delays a person. */
export type Lane = 'direct' | 'bulk';
