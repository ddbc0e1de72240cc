// This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
// distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.
//
// By what keys on Mozilla's list of roots for servers are known, and what limits some of them.
// Made by scripts/roots.mjs from NSS's certdata.txt, version 2.86 of 2026-04-09; not to be edited.
// SHA-256 of certdata.txt: 77130ef91213772844561fbd3aa31d413b25c2ac7f576fea3bc3bbff7ef93489

/** What limits the first keys, in their order. Dates in seconds since 1970, NameConstraints as DER in base64. */
export const limits: readonly { readonly distrustAfter?: number; readonly nameConstraints?: string }[] = [
  // Entrust Root Certification Authority
  { distrustAfter: 1733011199 },
  // ePKI Root Certification Authority
  { distrustAfter: 1744761599 },
  // Izenpe.com
  { distrustAfter: 1776297599 },
  // TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1
  { nameConstraints: "MAmgBzAFggMudHI=" },
];

/** Eight bytes a key, in base64. */
export const marks =
  "ruscyyghX7Y14maNYw4lTRzId/9bmg+31dCANLZGeA4/bC8vCVlbpQA0xy6ZdZ3lg/uCG7mwl/Rs4FRpFqkD2rhfRvzOxBsDltQm1AgEWdCf/L4qL8RVHGneBzMoylCVMd1sUmX5i4HxrdUksGsDUOk7jPKxwV2d3sjWJrB1XnsbdrKEZLFMOdQUma3HGvVdMgVlhDTm5v2i6mEF2PlNxLj09a6lQld84LOsOxFwYIQvjqDmkg4G/OJaOdfYnXieeCGx8C3xC5+R255s9GrfjK9I8lm2FvI8xHwc64B+27ZRjs3sLPr4/n4JbuJ/XtBFITRNrw9FDKZD7hATbHLerrF+CiaZ9eRpQeXtHT1eKJ05uA4rqfJMl6O0cOLHoTOchOvRnkmSh5RzPT2UKrELQe1tX/dIA1v9cWAQUhC5wUEZSm67L2szZGe8MXlhPLvKpKEV/q2MYo7bXwUv5PAD03U3tNf6e3pCiK1O5tmLOsaGR4of6ygnXSB/IIDEgEw+P9ItgVkpZsszpcVOho6AFy9wuoihKqB1oHH2GiHj2nATIJRWCk4sbNM0B9y7xgZ/ppgwHN0s29yM382f2S4NSnmRl5HUGie/XxiWD1AbNTfnqZdp/KZ3Z9GCKzu6NXX3F1nOJFl0MdohDXlONAheFJJ+9qVjwvVfimUnzYnu3YwiTZO7Qgyvd/JIw3/Fdf6XQuPGaPTmG4QlWDJ5j5BbmFOi2t46kKZgq+LU5bgkVSzAZjqxZkvE1a82Tc4DTQdxnf3PmKgGwvhoIwZD7JIvUzm/NjwqGapBNCwniVX/zkzVIcodHND7xENdJ06+wL2qDdMdxn2ZGFWHddNylJBPmwY7gIlFYTkjQP3A2MMrMufmAsYiS8GVPwJRfSLYCm6a5jp+wj997vz/HsEAsm5zDu0b9f6BQdgAuuRUlkUJsdVYhmUPoYRlBtzBSl6PrD0ZZ2ejHAkZPXUPqX91ZUkqMAgO4CLp0zVoSHZWOkPLtgo6BJyLm4SGcrwTI91ZTgRe1kLkV3bckMLo/1Afq8K0wOHeGBIK9ke39QGU3PBoBx7ppZasvcOQmG2aLZ+BMgVnjE8EsU1J5HuYKUGTUhDVJJWD6TWNp0lIkUF3gdCFTIdwmkcN4oFBBtsGpIeQkpT0yzWmmZUiYWXlwVn3lFcpJQVNDLZVjPFXfqs9TC7XyvDB2Ot6lHhWGMkVHaRZWSLcPSZh6R1yi4mSs80zDoWo8UmSSDz8zc6wWCDFyB02rpe0PeUo3hyAuuwlC10sQHIVvjC2xN7cS50=";
