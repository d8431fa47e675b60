import Foundation

/// A container of runc with what the manifest's main container has and no more: the node's network namespace, CAP_NET_ADMIN, a
/// root file system that cannot be written, the runtimes' default seccomp profile, `/run/berth` and the node's sysctls.
struct Container {
    /// With the root file system in `rootfs`.
    let folder: String
    /// The node's network namespace.
    let namespace: String
    let runDirectory: String

    private var name: String { URL(fileURLWithPath: folder).deletingLastPathComponent().lastPathComponent }
    private var runc: [String] { ["runc", "--root", "\(folder)/state"] }

    /// The command that is the container while it runs.
    func command(_ words: [String], _ environment: [String: String]) throws -> [String] {
        let json = try JSONSerialization.data(withJSONObject: configuration(words, environment))
        try json.write(to: URL(fileURLWithPath: "\(folder)/config.json"))
        return runc + ["run", "--bundle", folder, name]
    }

    func run(_ words: [String], _ environment: [String: String]) throws -> ChildProcess.Outcome {
        try ChildProcess.run(command(words, environment))
    }

    /// Runs a program in the container that runs.
    func execute(_ words: [String]) throws -> ChildProcess.Outcome {
        try ChildProcess.run(runc + ["exec", name] + words)
    }

    func remove() {
        _ = try? ChildProcess.run(runc + ["delete", "--force", name])
    }

    private func configuration(_ words: [String], _ environment: [String: String]) throws -> [String: Any] {
        let capabilities = ["bounding", "effective", "permitted"].map { ($0, ["CAP_NET_ADMIN"]) }
        return [
            "ociVersion": "1.0.2",
            "process": [
                "terminal": false, "user": ["uid": 0, "gid": 0], "args": words, "cwd": "/", "noNewPrivileges": true,
                "env": (["PATH": "/usr/bin"].merging(environment) { $1 }).map { "\($0.key)=\($0.value)" },
                "capabilities": Dictionary(uniqueKeysWithValues: capabilities),
            ],
            "root": ["path": "rootfs", "readonly": true],
            "mounts": Self.mounts + [
                Self.bind("/proc/sys/net", to: "/host/proc/sys/net"), Self.bind(runDirectory, to: "/run/berth"),
            ],
            "linux": [
                "namespaces": [
                    ["type": "pid"], ["type": "ipc"], ["type": "uts"], ["type": "mount"], ["type": "network", "path": namespace],
                ],
                "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
                "seccomp": try Self.seccomp(),
            ],
        ]
    }

    private static var mounts: [[String: Any]] {
        [
            ["destination": "/proc", "type": "proc", "source": "proc"],
            ["destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=64k"]],
        ]
    }

    private static func bind(_ source: String, to destination: String) -> [String: Any] {
        ["destination": destination, "type": "bind", "source": source, "options": ["bind", "rw"]]
    }

    /// The default profile of podman, which containerd's and Docker's is but for details, for a container with CAP_NET_ADMIN.
    private static func seccomp() throws -> [String: Any] {
        let file = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/containers/seccomp.json"))
        let profile = try JSONSerialization.jsonObject(with: file) as? [String: Any] ?? [:]
        let rules = (profile["syscalls"] as? [[String: Any]] ?? []).filter { rule in
            let (included, excluded) = (rule["includes"] as? [String: [String]] ?? [:], rule["excludes"] as? [String: [String]] ?? [:])
            let isForArchitecture = included["arches"].map { !Set($0).isDisjoint(with: ["amd64", "arm64"]) } ?? true
            return isForArchitecture && included["caps"].map { $0 == ["CAP_NET_ADMIN"] } ?? true
                && excluded["caps"].map { !$0.contains("CAP_NET_ADMIN") } ?? true
        }
        let known: Set<String> = ["action", "args", "errnoRet", "names"]
        return [
            "defaultAction": profile["defaultAction"] ?? "SCMP_ACT_ERRNO", "defaultErrnoRet": profile["defaultErrnoRet"] ?? 38,
            "syscalls": rules.map { rule in rule.filter { known.contains($0.key) && !($0.value is NSNull) } },
        ]
    }
}
