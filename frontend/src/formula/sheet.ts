/** The kept pictures of a bed beside each other, as one file. */

import { api } from "../api/client";
import { download } from "../library/download";
import { fail } from "../notices.svelte";

export async function saveSheet(bed: number): Promise<void> {
  try {
    const params = { query: { bed } };
    const { data, response } = await api.GET("/api/contact-sheet", { params, parseAs: "blob" });
    download(data as unknown as Blob, response);
  } catch (thrown) {
    fail(thrown);
  }
}
