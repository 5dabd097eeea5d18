/** A release that may be called again, and then does nothing: what it gives back is not given back twice. */
export function releaseOnce(release: () => void): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    release();
  };
}
