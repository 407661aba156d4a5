// Compiled as .mts and as .cts: only the last line is wrong.

import OpenAI from "openai";
import { LinegateError, linegateFetch, resume, upload } from "linegate";
import type { LinegateFile, Progress } from "linegate";

const access = { baseURL: "https://files.example/v1", apiKey: "lg_key" };
const show = ({ sentBytes, totalBytes }: Progress) => sentBytes / totalBytes;

export const client = new OpenAI({ ...access, fetch: linegateFetch({ onProgress: show }) });

export async function store(file: Blob): Promise<LinegateFile> {
  try {
    return await upload(file, { ...access, onProgress: show, expiresAfter: 3_600 });
  } catch (error) {
    if (error instanceof LinegateError && error.status === 400) throw error;
    return await resume("upload-1", file, access);
  }
}

export const wrong: number = linegateFetch();
