// What is loaded of a list, page by page, kept right while files (or batches) come and go elsewhere.
//
// A page begins after the id of the last one before it, so what is deleted or added in between
// moves nothing. A refresh walks the same stretch of the list again from its beginning: what
// is not met is gone, what is met is as it is now.

const PAGE = 20;
const LARGEST_PAGE = 100;

export class FileList {
  #read;
  #generation = 0;
  #refreshing = null;
  #gone = new Set();
  #last = Promise.resolve();

  /** `read` gets one page: { data, has_more } of { limit, after, order, purpose }. */
  constructor(read) {
    this.#read = read;
    this.order = "desc";
    this.purpose = "";
    this.files = [];
    this.hasMore = false;
    this.loaded = false;
  }

  /** One after the other: a walk must not overtake a page that is being added. */
  #turn(work) {
    this.#last = this.#last.then(work, work);
    return this.#last;
  }

  /** Begin again, with the order and the purpose as they are now. */
  async restart() {
    this.#generation += 1;
    this.#refreshing = null;
    this.files = [];
    this.hasMore = false;
    this.loaded = false;
    await this.#load(undefined);
  }

  /** The next page. */
  async more() {
    const generation = this.#generation;
    await this.#turn(() => generation === this.#generation && this.#load(this.files.at(-1)?.id));
  }

  async #load(after) {
    const generation = this.#generation;
    const page = await this.#read({ ...this.#query(), limit: PAGE, after });
    if (generation !== this.#generation) return;
    this.#merge(page.data);
    this.hasMore = page.has_more;
    this.loaded = true;
  }

  /** Read again what is loaded. Calls at the same time share one walk. */
  refresh() {
    this.#refreshing ??= this.#turn(() => this.#refresh()).finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #refresh() {
    const generation = this.#generation;
    const last = this.hasMore ? this.files.at(-1)?.id : undefined;
    const found = [];
    let page = { has_more: true };
    while (page.has_more && !(last && found.length && this.#compare(found.at(-1).id, last) >= 0)) {
      page = await this.#read({ ...this.#query(), limit: LARGEST_PAGE, after: found.at(-1)?.id });
      if (generation !== this.#generation) return;
      found.push(...page.data);
    }
    const beyond = last ? found.filter((file) => this.#compare(file.id, last) > 0).length : 0;
    this.files = [];
    this.#merge(beyond ? found.slice(0, -beyond) : found);
    this.hasMore = page.has_more || beyond > 0;
    this.loaded = true;
  }

  /** One file as it is now, wherever it belongs in what is loaded. */
  put(file) {
    this.#gone.delete(file.id);
    const known = this.files.some(({ id }) => id === file.id);
    const last = this.files.at(-1);
    const within = known || !this.hasMore || (last && this.#compare(file.id, last.id) < 0);
    const wanted = !this.purpose || this.purpose === file.purpose;
    if (within && wanted) this.#merge([file]);
  }

  /** A file that was deleted, or has expired: an answer that is on its way must not bring it back. */
  drop(id) {
    this.#gone.add(id);
    this.files = this.files.filter((file) => file.id !== id);
  }

  #merge(files) {
    const all = new Map([...this.files, ...files].map((file) => [file.id, file]));
    this.files = [...all.values()].filter(({ id }) => !this.#gone.has(id));
    this.files.sort((one, other) => this.#compare(one.id, other.id));
  }

  /** By creation: an id sorts by the time it was made. */
  #compare(one, other) {
    const sign = this.order === "asc" ? 1 : -1;
    if (one === other) return 0;
    return one < other ? -sign : sign;
  }

  #query() {
    return { order: this.order, purpose: this.purpose };
  }
}
