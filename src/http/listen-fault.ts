/** Why a server cannot listen where it is told to, in the operator's words; null: the error is another one. */
export function listenFault(error: Error, host: string): string | null {
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly port?: number;
  };
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return null;
  const where = port === undefined ? (address ?? host) : `${address ?? host}:${String(port)}`;
  switch (code) {
    case 'EADDRINUSE':
      return `another process listens on ${where} already`;
    case 'EACCES':
      return `this user may not listen on ${where}; ports below 1024 need a privilege`;
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} has no address`;
    default:
      return null;
  }
}
