/** A file a person is about to send. */
export interface Attachment {
  name: string;
  size: number;
  base64: string;
}

const LIMIT_BYTES = 20_000_000;

/** Reads files of the person's machine; rejects with a sentence for one that is too large. */
export function readAttachments(files: Iterable<File>): Promise<Attachment[]> {
  return Promise.all(Array.from(files, readAttachment));
}

async function readAttachment(file: File): Promise<Attachment> {
  if (file.size > LIMIT_BYTES) throw new Error(`${file.name} is larger than 20 MB, the most this page sends.`);
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`, { cause: reader.error }));
    reader.readAsDataURL(file);
  });
  return { name: file.name, size: file.size, base64: address.slice(address.indexOf(',') + 1) };
}
