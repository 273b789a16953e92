/** A file that the server made, for the person to keep. */

/** Lets the browser store it, under the name that the server gave it. */
export function download(file: Blob, answer: Response): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = nameOf(answer.headers.get("content-disposition") ?? "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name in a Content-Disposition, the one with all its letters where there is one. */
export function nameOf(disposition: string): string {
  const whole = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="([^"]*)"/i.exec(disposition)?.[1];
  try {
    return (whole && decodeURIComponent(whole)) || plain || "flourishing";
  } catch {
    return plain || "flourishing";
  }
}
