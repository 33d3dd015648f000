// Binary data as printable ASCII that needs no escape in JSON, Terraform and a shell's single quotes: five characters for four
// bytes. The alphabet is "!" and "(" to "~" without "<", ">" and "\": no quote, "$", "%" or "&". The last character is the number
// of padding bytes.
const ALPHABET = String.fromCharCode(33, ...Array.from({ length: 87 }, (_, at) => at + 40).filter((code) => ![60, 62, 92].includes(code)));

export function base85(content) {
  const padding = (4 - (content.length % 4)) % 4;
  const whole = Buffer.concat([content, Buffer.alloc(padding)]);
  let text = "";
  for (let at = 0; at < whole.length; at += 4) {
    let value = whole.readUInt32BE(at);
    let five = "";
    for (let digit = 0; digit < 5; digit += 1) {
      five = ALPHABET[value % 85] + five;
      value = Math.floor(value / 85);
    }
    text += five;
  }
  return text + padding;
}

// The inverse. The task's command has an inline version (constructs_lib/helpers/task/runtime.py).
export function fromBase85(text) {
  const digits = text.slice(0, -1);
  const whole = Buffer.alloc((digits.length / 5) * 4);
  for (let at = 0; at < digits.length; at += 5) {
    const value = [...digits.slice(at, at + 5)].reduce((sum, digit) => sum * 85 + ALPHABET.indexOf(digit), 0);
    whole.writeUInt32BE(value, (at / 5) * 4);
  }
  return whole.subarray(0, whole.length - Number(text.at(-1)));
}
