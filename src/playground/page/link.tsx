import type { ComponentChildren, VNode } from 'preact';
import { safeHref } from './links.ts';

/** A link that opens elsewhere, or its plain text when the address is not one we follow. */
export function link(address: string, label: ComponentChildren): VNode {
  const href = safeHref(address);
  if (!href) return <span title={address}>{label}</span>;
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  );
}
