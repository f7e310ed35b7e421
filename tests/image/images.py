"""Container images for tests, made by Python's own tar, honest or not."""
import gzip
import hashlib
import io
import json
import os
import tarfile


def layer(fill):
    """A tar: fill(add) calls add(name, contents, **attributes of TarInfo)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        def add(name, contents=b"", **attributes):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(contents), 0o644
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            tar.addfile(info, io.BytesIO(contents))
        fill(add)
    return buffer.getvalue()


def digest(contents):
    return "sha256:" + hashlib.sha256(contents).hexdigest()


def write_layout(directory, layers, config=None):
    """An OCI layout with these layers (tars); returns the directory."""
    blobs = os.path.join(directory, "blobs", "sha256")
    os.makedirs(blobs)

    def blob(contents, media_type):
        with open(os.path.join(blobs, digest(contents)[7:]), "wb") as file:
            file.write(contents)
        return {"mediaType": media_type, "digest": digest(contents), "size": len(contents)}

    described = [blob(gzip.compress(tar), "application/vnd.oci.image.layer.v1.tar+gzip") for tar in layers]
    whole = {"os": "linux", "architecture": "amd64", "config": config or {},
             "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in layers]}}
    manifest = {"schemaVersion": 2, "layers": described,
                "config": blob(json.dumps(whole).encode(), "application/vnd.oci.image.config.v1+json")}
    index = {"schemaVersion": 2, "manifests": [blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")]}
    for name, contents in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(contents, file)
    return directory


def blob(layout, descriptor):
    with open(os.path.join(layout, "blobs", "sha256", descriptor["digest"][7:]), "rb") as file:
        return file.read()


def manifest_of(layout):
    with open(os.path.join(layout, "index.json"), encoding="utf-8") as file:
        return json.loads(blob(layout, json.load(file)["manifests"][0]))


def layer_digests(layout):
    return [described["digest"] for described in manifest_of(layout)["layers"]]


def read_files(layout):
    """{path: (TarInfo, contents)} of all layers of a layout, the upper ones last."""
    found = {}
    for described in manifest_of(layout)["layers"]:
        with tarfile.open(fileobj=io.BytesIO(blob(layout, described)), mode="r:*") as tar:
            for info in tar:
                contents = tar.extractfile(info).read() if info.isreg() else b""
                found[info.name.strip("/")] = (info, contents)
    return found


def all_bytes(layout):
    """Of a layout: its JSON, and its layers without compression, but not Farl's own programs."""
    parts = [blob(layout, manifest_of(layout)["config"]), json.dumps(manifest_of(layout)).encode()]
    for described in manifest_of(layout)["layers"]:
        tar = gzip.decompress(blob(layout, described))
        for name, (_, contents) in read_files(layout).items():
            tar = tar.replace(contents, b"") if name.startswith(".farl/bin/") else tar
        parts.append(tar)
    return b"".join(parts)
