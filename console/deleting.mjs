// Deleting files, some at a time; one that is gone already is as good as deleted.

import { counted } from "./format.mjs";
import { explain } from "./problem.mjs";
import { toast } from "./toast.mjs";

const PARALLEL = 4;

/** Calls `gone` with the id of each file as it goes. */
export async function deleteFiles(api, files, gone) {
  const left = files.values();
  const failures = [];
  const work = async () => {
    for (const file of left) {
      try {
        await api.remove(file.id);
      } catch (problem) {
        if (problem.status === 401) return;
        if (problem.status !== 404) {
          failures.push(problem);
          continue;
        }
      }
      gone(file.id);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const deleted = files.length - failures.length;
  if (failures.length) {
    toast(
      `${counted(failures.length, "file")} could not be deleted. ${explain(failures[0])}`,
      "error",
    );
  } else {
    toast(`Deleted ${counted(deleted, "file")}.`);
  }
}
