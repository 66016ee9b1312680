/** UTF-16 units of a body, and of a name within one. */
export const bodyMaxUnits = 1000;
export const nameMaxUnits = 60;
