/** A line in lines of at most `width` characters, as far as its words allow; what follows stands where its text begins. */
export function wrapped(text: string, width: number): string[] {
  const [indent = ''] = /^ *(?:\S+ {2,})?/.exec(text) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(indent.length).split(' ')) {
    const isFull = line !== '' && indent.length + [...line].length + 1 + [...word].length > width;
    if (isFull) lines.push(line);
    line = line === '' || isFull ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + each);
}
