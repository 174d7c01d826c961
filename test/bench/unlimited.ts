/** For loads that no limit of an organisation is to slow down: more than any of them asks for. */
export const UNLIMITED = { DRAWBRIDGE_READS_PER_MINUTE: '999999', DRAWBRIDGE_CREATES_PER_MINUTE: '999999' };
