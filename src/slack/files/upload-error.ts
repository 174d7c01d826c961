import { UploadError } from '../../thread/file-ports.ts';
import { refusalOf } from '../reply/refusal.ts';

const CODES: Record<string, UploadError['code']> = {
  missing_scope: 'no-scope',
  access_denied: 'no-access',
  account_inactive: 'no-access',
  cannot_reply_to_message: 'no-access',
  channel_not_found: 'no-access',
  invalid_auth: 'no-access',
  invalid_channel: 'no-access',
  is_archived: 'no-access',
  not_in_channel: 'no-access',
  not_visible: 'no-access',
  thread_not_found: 'no-access',
  token_revoked: 'no-access',
  file_upload_size_restricted: 'too-large',
  snippet_too_large: 'too-large',
  file_type_not_allowed: 'not-allowed',
  file_uploads_disabled: 'not-allowed',
  file_uploads_except_images_disabled: 'not-allowed',
  posting_to_channel_denied: 'not-allowed',
  storage_limit_reached: 'no-room',
};

/** What Slack's refusal means; an outcome nobody knows is `unreachable`, and so is a refusal we have no name for. */
export function uploadError(cause: unknown): UploadError {
  const refusal = refusalOf(cause);
  if (refusal === null) return new UploadError('unreachable', 'Slack did not answer', { cause });
  return new UploadError(codeOf(refusal), `Slack refused the file (${refusal})`, { cause });
}

function codeOf(refusal: string): UploadError['code'] {
  if (refusal.startsWith('restricted_action')) return 'not-allowed';
  return (Object.hasOwn(CODES, refusal) ? CODES[refusal] : undefined) ?? 'unreachable';
}
