/** The condition that leads to sources is for this workspace alone: what is packed has no sources. */
export const hooks = {
  beforePacking(manifest) {
    return { ...manifest, exports: withoutSources(manifest.exports) };
  },
};

function withoutSources(exports) {
  if (typeof exports !== "object" || exports === null) return exports;
  const kept = Object.entries(exports).filter(([key]) => key !== "@artifetch/source");
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutSources(value)]));
}
