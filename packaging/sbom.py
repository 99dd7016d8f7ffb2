#!/usr/bin/env python3
"""Prints the software bill of materials of the library and the program, as CycloneDX 1.6 JSON.

packaging/sbom.py [TARGET]: the crates that cargo links for a target triple (default: for any), and the C libraries in them.
SOURCE_DATE_EPOCH gives the time; without it the document has none. Equal inputs give equal bytes.
"""

import datetime
import json
import os
import re
import sys
import uuid

import crates


def component(name, version, licence, purl, **more):
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": [{"expression": licence}] if re.search(r" (OR|AND|WITH) ", licence) else [{"license": {"id": licence}}],
        "purl": purl,
        **more,
    }


def of_crate(package):
    purl = f"pkg:cargo/{package['name']}@{package['version']}"
    more = {"description": package["description"].strip()} if package["description"] else {}
    if package["repository"]:
        more["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return component(package["name"], package["version"], package["license"].replace("/", " OR "), purl, **more)


packages = crates.linked(*sys.argv[1:2])
own = json.loads(crates.cargo("metadata", "--format-version", "1", "--no-deps"))["packages"][0]
components = [of_crate(package) for package in packages]
components += [component(*library, f"pkg:generic/{library[0]}@{library[1]}") for library in crates.c_libraries(packages)]
document = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": of_crate(own)},
    "components": components,
    "dependencies": [
        {"ref": f"pkg:cargo/{own['name']}@{own['version']}", "dependsOn": [each["bom-ref"] for each in components]},
    ],
}
if "SOURCE_DATE_EPOCH" in os.environ:
    time = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    document["metadata"]["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document))}"
print(json.dumps(document, indent=2))
