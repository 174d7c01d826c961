/** A rectangle of colour indices to draw on; what falls outside is left out. */
export interface Canvas {
  width: number;
  height: number;
  pixels: Uint8Array;
  fill(area: { x: number; y: number; width: number; height: number }, colour: number): void;
  /** Capitals, digits and a few signs, `scale` times 3 by 5 pixels each. */
  write(text: string, options: { x: number; y: number; scale: number; colour: number }): void;
}

/** Three pixels and one of space, before scaling. */
export const LETTER_WIDTH = 4;

export function createCanvas(width: number, height: number): Canvas {
  const pixels = new Uint8Array(width * height);
  const fill: Canvas['fill'] = (area, colour) => {
    const [left, right] = [Math.max(0, Math.round(area.x)), Math.min(width, Math.round(area.x + area.width))];
    const bottom = Math.min(height, Math.round(area.y + area.height));
    if (left >= right) return;
    for (let y = Math.max(0, Math.round(area.y)); y < bottom; y += 1) {
      pixels.fill(colour, y * width + left, y * width + right);
    }
  };
  return {
    width,
    height,
    pixels,
    fill,
    write(text, { x, y, scale, colour }) {
      for (const [place, letter] of [...text.toUpperCase()].entries()) {
        for (const [row, bits] of [...(LETTERS[letter] ?? UNKNOWN)].entries()) {
          for (const [column, bit] of [4, 2, 1].entries()) {
            if ((Number(bits) & bit) === 0) continue;
            const left = x + (place * LETTER_WIDTH + column) * scale;
            fill({ x: left, y: y + row * scale, width: scale, height: scale }, colour);
          }
        }
      }
    },
  };
}

const UNKNOWN = '75557';
/** Five rows of three bits each. */
const LETTERS: Record<string, string> = {
  ' ': '00000',
  '.': '00002',
  ',': '00024',
  '-': '00700',
  _: '00007',
  '%': '51245',
  '/': '11244',
  ':': '02020',
  '(': '24442',
  ')': '21112',
  '+': '02720',
  '0': '75557',
  '1': '26227',
  '2': '71747',
  '3': '71317',
  '4': '55711',
  '5': '74717',
  '6': '74757',
  '7': '71122',
  '8': '75757',
  '9': '75717',
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25563',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
};
