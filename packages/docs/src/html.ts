const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text made safe for HTML content and for a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** The text that a reader gets from a piece of HTML: without elements, styles and scripts, white space made one space. */
export function toText(html: string): string {
  const characters = Object.fromEntries(Object.entries(entities).map(([character, entity]) => [entity, character]));
  return html
    .replaceAll(/<(style|script)\b.*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#x27;/g, "'")
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => characters[entity] ?? entity)
    .replaceAll(/\s+/g, " ");
}

/**
 * Content Security Policy of every page. The browser itself refuses whatever would leave the site, so a page that works
 * under it works offline. Redoc writes styles and a colour-mode script into the page, hence `unsafe-inline`.
 */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * Policy of a try-it page, which holds keys. It may send to any service that the reader names, and in all else to nobody; no
 * script or style is allowed but the site's own files, and no text can become HTML (Trusted Types).
 */
export const tryItPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src http: https:",
  "form-action 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
