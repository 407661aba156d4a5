// The same for require. Node 20 cannot require an ES module, so it is imported at the first call.

const load = () => import("./index.mjs");

exports.linegateFetch = (options) => {
  const made = load().then(({ linegateFetch }) => linegateFetch(options));
  return async (input, init) => (await made)(input, init);
};
for (const name of ["upload", "resume", "cancel"]) {
  exports[name] = async (...given) => (await load())[name](...given);
}
exports.LinegateError = class LinegateError extends Error {
  static [Symbol.hasInstance](value) {
    return value?.name === "LinegateError";
  }
};
