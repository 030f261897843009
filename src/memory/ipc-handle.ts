/** What another process or thread needs to map the same pages: a descriptor (sent with SCM_RIGHTS, unix(7)) and the length in bytes. */
export type IpcHandle = { readonly fd: number; readonly size: number };
