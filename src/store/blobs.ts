// Where the bytes of files live. Keys are attachment ids; names and types are in the attachments table, never in a path.
export interface Blobs {
  put(id: string, bytes: Uint8Array): Promise<void>
  /** Undefined when there is nothing under this id. */
  get(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  remove(id: string): Promise<void>
}
