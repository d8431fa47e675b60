"""An OCI image of one static program: oci-image.py PROGRAM NAME ARCHIVE.

Writes a tar archive in the image layout of the OCI, as containerd imports it and podman loads it, since no registry is asked.
"""
import hashlib
import io
import json
import platform
import sys
import tarfile

KIND = "application/vnd.oci.image."
# As Go names them, and so the OCI.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def tar(files):
    """An archive of names with their bytes and modes, the same one for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content, mode in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def image(program, name):
    blobs = {}

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return dict(mediaType=KIND + kind, digest="sha256:" + digest, size=len(content))

    layer = tar([("pause", program, 0o755)])
    target = dict(architecture=ARCHITECTURES[platform.machine()], os="linux")
    config = dict(
        target, config=dict(Entrypoint=["/pause"]),
        rootfs=dict(type="layers", diff_ids=["sha256:" + hashlib.sha256(layer).hexdigest()]))
    manifest = dict(
        schemaVersion=2, mediaType=KIND + "manifest.v1+json",
        config=blob("config.v1+json", json.dumps(config).encode()), layers=[blob("layer.v1.tar", layer)])
    entry = blob("manifest.v1+json", json.dumps(manifest).encode())
    # containerd takes the name from the one annotation, podman from the other.
    entry |= dict(platform=target, annotations={"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name})
    index = dict(schemaVersion=2, manifests=[entry])
    files = [("oci-layout", json.dumps(dict(imageLayoutVersion="1.0.0")).encode(), 0o644),
             ("index.json", json.dumps(index).encode(), 0o644)]
    return tar(files + [("blobs/sha256/" + digest, content, 0o644) for digest, content in blobs.items()])


if __name__ == "__main__":
    program, name, archive = sys.argv[1:]
    with open(program, "rb") as source, open(archive, "wb") as target:
        target.write(image(source.read(), name))
