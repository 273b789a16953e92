/** Runs something once what is drawn now can be seen; what it returns takes that back. */
export function afterFrame(run: () => void): () => void {
  let wait: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (wait = setTimeout(run)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(wait);
  };
}
