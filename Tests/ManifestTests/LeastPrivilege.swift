import Testing

/// What no pod of ours may have, and what each must.
enum LeastPrivilege {
    /// A change of the manifest by which a pod gets more than it needs.
    struct Breach: CustomTestStringConvertible {
        let written: String
        let insteadWritten: String
        /// How the fault is told.
        let fault: String

        init(_ written: String, _ insteadWritten: String, _ fault: String) {
            (self.written, self.insteadWritten, self.fault) = (written, insteadWritten, fault)
        }

        var testDescription: String { fault }
    }

    static let breaches = [
        Breach("hostNetwork: true", "hostNetwork: true\n      hostPID: true", "hostPID"),
        Breach("hostNetwork: true", "hostNetwork: true\n      hostIPC: true", "hostIPC"),
        Breach("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation"),
        Breach("readOnlyRootFilesystem: true", "privileged: true", "privileged"),
        Breach("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem"),
        Breach("- NET_ADMIN", "- NET_ADMIN\n            - SYS_ADMIN", "capabilities of berthd"),
        Breach("            drop:\n            - ALL\n", "            drop: [NET_RAW]\n", "capabilities of install"),
        Breach("type: RuntimeDefault", "type: Unconfined", "seccomp"),
        Breach("automountServiceAccountToken: false", "automountServiceAccountToken: true", "token"),
        Breach("localhost/berth:0.1.0", "localhost/berth:latest", "image"),
        Breach("priorityClassName: system-node-critical", "priorityClassName: \"\"", "priorityClassName"),
        Breach("- operator: Exists", "- {operator: Exists, effect: NoSchedule}", "tolerations"),
        Breach("memory: 64Mi", "ephemeral-storage: 64Mi", "requests"),
        Breach("path: /opt/cni/bin", "path: /", "folder of the node"),
    ]

    /// The folders of a node that a container may have, and whether it may write there.
    private static let folders: [String: [String: Bool]] = [
        "install": ["/etc/cni/net.d": false, "/opt/cni/bin": true, "/run/berth": true],
        "berthd": ["/etc/cni/net.d": true, "/proc/sys/net": true, "/run/berth": true],
        "take-over": [
            "/etc/berth": true, "/etc/cni/net.d": true, "/opt/cni/bin": true, "/run/berth": true, "/var/lib/berth": true,
            "/var/run/aws-node": true,
        ],
    ]
    private static let capabilities: [String: [String]] = ["install": [], "berthd": ["NET_ADMIN"], "take-over": ["NET_ADMIN"]]

    /// One sentence for each rule that is broken.
    static func faults(in manifest: Manifest) -> [String] {
        let pod = manifest.pod
        var faults: [String] = []
        for name in ["hostPID", "hostIPC"] where pod[name] != .null { faults.append("the pod has \(name)") }
        if pod["securityContext"]["seccompProfile"]["type"].text != "RuntimeDefault" {
            faults.append("the seccomp profile is not the default")
        }
        if pod["priorityClassName"].text?.hasPrefix("system-node-critical") != true {
            faults.append("priorityClassName lets others evict it")
        }
        if pod["tolerations"].list != [.object(["operator": .text("Exists")])] { faults.append("tolerations leave nodes out") }
        let accounts = manifest.objects(ofKind: "ServiceAccount")
        if (accounts + [pod]).contains(where: { $0["automountServiceAccountToken"] != .flag(false) }) {
            faults.append("every container gets a token")
        }
        let containers = pod["initContainers"].list + pod["containers"].list
        if Array(containers.compactMap({ $0["name"].text }).drop { $0 == "take-over" }) != ["install", "berthd"] {
            faults.append("there are other containers")
        }
        return faults + containers.flatMap { self.faults(of: $0, in: pod) }
    }

    private static func faults(of container: Value, in pod: Value) -> [String] {
        let name = container["name"].text ?? ""
        let context = container["securityContext"]
        var faults: [String] = []
        if context["privileged"] != .null { faults.append("\(name) says privileged") }
        if context["allowPrivilegeEscalation"] != .flag(false) { faults.append("allowPrivilegeEscalation of \(name) is not false") }
        if context["readOnlyRootFilesystem"] != .flag(true) { faults.append("readOnlyRootFilesystem of \(name) is not true") }
        if context["capabilities"]["drop"].texts != ["ALL"] || context["capabilities"]["add"].texts != capabilities[name] {
            faults.append("the capabilities of \(name) are \(context["capabilities"])")
        }
        let image = container["image"].text ?? ""
        if image.hasSuffix(":latest") || !image.dropFirst("localhost".count).contains(":") {
            faults.append("the image of \(name) is \(image)")
        }
        let requests = container["resources"]["requests"]
        if requests["cpu"] == .null || requests["memory"] == .null { faults.append("\(name) has no requests") }
        return faults + folderFaults(of: container, name, in: pod)
    }

    private static func folderFaults(of container: Value, _ name: String, in pod: Value) -> [String] {
        container["volumeMounts"].list.compactMap { mount in
            guard let volume = pod["volumes"].list.first(where: { $0["name"] == mount["name"] }) else { return "\(name) mounts nothing" }
            if volume["projected"] != .null { return name == "berthd" ? nil : "\(name) has a token" }
            guard let path = volume["hostPath"]["path"].text, let mayWrite = folders[name]?[path] else {
                return "\(name) has a folder of the node that it needs not: \(volume)"
            }
            return mayWrite || mount["readOnly"] == .flag(true) ? nil : "\(name) may write \(path)"
        }
    }
}
