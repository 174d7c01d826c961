import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from './api-error.ts';
import { readMultipart } from './multipart.ts';
import type { Spool } from './spool.ts';

/** What `POST /v1/files` brings. */
export interface UploadForm {
  filename: string;
  mimeType: string;
  bytes: Blob;
  expiresInSeconds: number | undefined;
}

/** Whether it means 500,000,000 bytes or a few more is not said: the smaller figure is the strict one. */
const MAX_FILE_BYTES = 500_000_000;
const MAX_FIELD_BYTES = 10_000;
/** What a form adds to its file. */
const FORM_BYTES = 100_000;

/** Reads the form and spools its file. Throws the 400 or 413 of a bad one, a too large one unread if it says its size. */
export async function readUpload(incoming: IncomingMessage, spool: Spool): Promise<UploadForm> {
  if (Number(incoming.headers['content-length'] ?? 0) > MAX_FILE_BYTES + FORM_BYTES) throw tooLarge();
  const intake = spool.take();
  try {
    const { file, fields } = await readForm(incoming, intake.write);
    if (!file) throw badRequest('file: Field required');
    const expires = fields.get('expires_in_seconds');
    return {
      filename: file.filename,
      mimeType: file.contentType.replace(/;.*$/, ''),
      bytes: await intake.finish(),
      expiresInSeconds: expires === undefined ? undefined : Number(expires),
    };
  } catch (error) {
    await intake.drop();
    throw error;
  }
}

async function readForm(incoming: IncomingMessage, write: (bytes: Buffer) => Promise<void>) {
  const fields = new Map<string, string>();
  let file: { filename: string; contentType: string } | undefined;
  let field: string | undefined;
  let size = 0;
  // A refusal in the middle must still reach the client: the socket stays open.
  const body = incoming.iterator({ destroyOnReturn: false });
  for await (const piece of readMultipart(body, incoming.headers['content-type'])) {
    if (piece.type === 'head') {
      size = 0;
      field = piece.filename === null ? piece.name : undefined;
      if (piece.filename === null) fields.set(piece.name, '');
      else if (file || piece.name !== 'file')
        throw badRequest(`${piece.name}: one file is allowed, in the field 'file'`);
      else file = { filename: piece.filename, contentType: piece.contentType };
    } else if (piece.type === 'bytes') {
      size += piece.bytes.length;
      if (size > (field === undefined ? MAX_FILE_BYTES : MAX_FIELD_BYTES)) throw tooLarge();
      if (field === undefined) await write(piece.bytes);
      else fields.set(field, (fields.get(field) ?? '') + piece.bytes.toString());
    }
  }
  return { file, fields };
}

function tooLarge(): ApiError {
  return new ApiError(413, 'Request exceeds the maximum size of 500 MB');
}
