import Foundation
import NetlinkAdapter
import NodePorts
import Testing

extension EndToEnd {
    /// What `swift package node-bundle` makes of the built programs, in the hands of tools that did not make it.
    @Suite struct NodeBundles {
        @Test func theSameProgramsMakeTheSameReleaseWhereverTheyLieAndSkopeoAndPodmanTakeIt() throws {
            try withFolder("bundle-twice") { folder in
                let copies = "\(folder)/programs"
                try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: false)
                for program in [Programs.plugin, Programs.daemon, Programs.berth] {
                    let copied = try ChildProcess.run(["install", "-m", "700", program, copies])
                    #expect(copied.status == 0, "\(copied)")
                }
                let one = try NodeBundle.make(in: "\(folder)/one")
                let other = try NodeBundle.make(in: "\(folder)/other", programs: copies)
                #expect(one.lines == other.lines && one.lines.count == 3, "\(one.lines)")
                let difference = try ChildProcess.run(["diff", "-r", one.folder, other.folder])
                #expect(difference.status == 0, "\(difference)")
                let sums = try ChildProcess.run(["sh", "-c", "cd '\(one.folder)' && sha256sum --check *.sha256"])
                #expect(sums.status == 0 && sums.output.split(separator: "\n").count == 2, "\(sums)")
                try expectToolsTake(one, folder)
            }
        }

        private func expectToolsTake(_ bundle: NodeBundle, _ folder: String) throws {
            let inspected = try ChildProcess.run(["skopeo", "inspect", "oci:\(bundle.image)"])
            #expect(inspected.json["Digest"] as? String == bundle.digest, "\(inspected)")
            #expect(inspected.json["Architecture"] as? String == bundle.architecture)
            let version = try ChildProcess.run([Programs.berth, "--version"]).output.trimmingCharacters(in: .newlines)
            let labels = inspected.json["Labels"] as? [String: String]
            #expect(!version.isEmpty && labels?["org.opencontainers.image.version"] == version, "\(inspected)")
            let copied = try ChildProcess.run(
                [
                    "skopeo", "copy", "--insecure-policy", "oci:\(bundle.image)",
                    "docker-archive:\(folder)/docker.tar:localhost/berth:copy",
                ])
            #expect(copied.status == 0, "\(copied)")

            let podman = [
                "podman", "--root", "\(folder)/podman", "--runroot", "\(folder)/podman-run", "--storage-driver", "vfs",
                "--events-backend", "none",
            ]
            let loaded = try ChildProcess.run(podman + ["load", "--input", "\(bundle.image).tar"])
            #expect(loaded.status == 0 && (loaded.output + loaded.errors).contains("localhost/berth:\(version)"), "\(loaded)")
            let known = try ChildProcess.run(podman + ["image", "inspect", "--format", "{{.Digest}}", "localhost/berth:\(version)"])
            #expect(known.output.trimmingCharacters(in: .newlines) == bundle.digest, "\(known)")
        }

        @Test func theImageServesPodsInAContainerThatIsConfinedAsTheManifestHasIt() throws {
            try InstanceOverHTTP.run("t3.small", named: "image") { instance in
                let node = instance.node
                let folder = "\(node.runDirectory).container"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                try FileManager.default.createDirectory(atPath: node.runDirectory, withIntermediateDirectories: false)
                let bundle = try NodeBundle.make(in: "\(folder)/bundle")
                try bundle.unpack(to: "\(folder)/rootfs")
                let container = Container(folder: folder, namespace: node.namespace.path, runDirectory: node.runDirectory)
                for program in ["berthd", "berth"] {
                    let told = try container.run(["/usr/bin/\(program)", "--version"], [:])
                    #expect(told.status == 0 && told.output.first?.isNumber == true, "\(told)")
                }
                let sysctls = "/host/proc/sys/net"
                let daemon = ["/usr/bin/berthd", "--run-directory", "/run/berth", "--sysctl-directory", sysctls]
                try node.start(by: try container.command(daemon, instance.environment))
                defer { container.remove() }
                #expect(node.log.contains("node's network made"), "\(node.log)")
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                try pod.add()
                #expect(try node.pods().count == 1)
                try pod.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                // The probe of the manifest, in the container.
                let probe = try container.execute(["/usr/bin/berth", "status"])
                #expect(probe.status == 0 && probe.output.contains("0 held"), "\(probe)")
                let write = try container.execute(["/usr/bin/berthd", "--run-directory", "/usr/berth"])
                #expect(write.status == 1 && write.errors.contains("EROFS"), "\(write)")
                #expect(node.terminate() == 0)
            }
        }

        @Test func aPluginThatIsNotStaticAndProgramsThatAreMissingAreRefused() throws {
            try withFolder("bundle-refused") { folder in
                let empty = try NodeBundle.run(["--programs", folder, "--output", "\(folder)/out"])
                #expect(
                    empty.status == 1 && empty.errors.contains("has no program berth") && empty.errors.contains("make build"), "\(empty)")
                for (program, name) in [(Programs.daemon, "berthd"), (Programs.berth, "berth"), ("/bin/true", "berth-cni")] {
                    try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: program)
                }
                let dynamic = try NodeBundle.run(["--programs", folder, "--output", "\(folder)/out"])
                #expect(dynamic.status == 1 && dynamic.errors.contains("berth-cni is not linked statically"), "\(dynamic)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/out"))
            }
        }

        private func withFolder(_ name: String, _ body: (String) throws -> Void) throws {
            let folder = "/tmp/berth-e2e-\(getpid())-\(name)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try body(folder)
        }
    }
}
