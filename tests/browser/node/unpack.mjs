// Unpack the browser that @sparticuz/chromium carries into TMPDIR; its path and its libraries'.

import chromium from "@sparticuz/chromium";

console.log(await chromium.executablePath());
