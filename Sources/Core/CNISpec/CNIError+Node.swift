public import JSON

/// What can go wrong on the node once the request is understood.
extension CNIError {
    /// The node refuses the request.
    ///
    /// - Parameters:
    ///   - reason: Decides the code; its number and name go into the details.
    ///   - message: One sentence with the numbers, and what helps.
    ///   - retryAfter: When trying again makes sense; told in whole seconds, rounded up.
    ///   - facts: More members of the details, such as the step that failed.
    public static func refused(
        _ reason: RefusalReason, _ message: String, retryAfter: Duration? = nil, facts: JSONObject = [:]
    ) -> CNIError {
        CNIError(code: reason.code, message: message, details: details(of: reason, retryAfter: retryAfter, facts: facts))
    }

    /// STATUS: the node can give no pod an address (code 50).
    public static func notAvailable(_ reason: RefusalReason, _ message: String, retryAfter: Duration? = nil) -> CNIError {
        CNIError(code: .notAvailable, message: message, details: details(of: reason, retryAfter: retryAfter))
    }

    /// STATUS: as ``notAvailable(_:_:retryAfter:)``, and pods that run may have lost connectivity (code 51).
    public static func notAvailableAndPodsAffected(_ reason: RefusalReason, _ message: String) -> CNIError {
        CNIError(code: .notAvailableAndPodsAffected, message: message, details: details(of: reason))
    }

    /// The namespace of the request is the one the plugin itself runs in, so the host would be wired as a pod (code 8).
    public static func netnsIsOwn(_ path: String) -> CNIError {
        CNIError(
            code: .invalidNetns,
            message: "CNI_NETNS \(quoted(path)) is the host's own network namespace; set CNI_NETNS_OVERRIDE=1 if that is meant")
    }

    /// The namespace of an ADD or CHECK could not be entered (code 8).
    ///
    /// - Parameters:
    ///   - step: What was tried, such as `open` or `setns`.
    ///   - problem: What the kernel said, such as `no such entry (ENOENT)`.
    public static func netnsUnusable(_ path: String, step: String, problem: String) -> CNIError {
        CNIError(
            code: .invalidNetns,
            message: "CNI_NETNS \(quoted(path)) cannot be used: \(step): \(problem); the sandbox may be gone")
    }

    /// ADD found an interface of the wanted name in the sandbox and left it as it was.
    public static func interfaceExists(_ ifname: String, netns: String) -> CNIError {
        refused(
            .kernelFailed, "The sandbox \(quoted(netns)) already has an interface \(quoted(ifname)); it was left as it is. Send DEL first",
            facts: ["step": "link add", "ifname": .string(ifname)])
    }

    /// A step of the kernel work failed; what was done before it has been taken back.
    ///
    /// - Parameters:
    ///   - step: What was tried, on what, such as `route add 10.0.32.17/32 dev eni4f2a9c`.
    ///   - problem: What the kernel said, such as `exists already (EEXIST)`.
    ///   - errno: The error number, above 0.
    public static func kernelFailed(step: String, problem: String, errno: Int) -> CNIError {
        refused(.kernelFailed, "The kernel refused \(step): \(problem)", facts: ["step": .string(step), "errno": JSONValue(errno)])
    }

    /// CHECK found that the pod's network is not as ADD made it.
    ///
    /// - Parameter faults: One text for each difference; not empty.
    public static func driftFound(_ faults: [String]) -> CNIError {
        refused(
            .driftFound, "The pod's network differs from its ADD in \(count(faults, "thing")): \(joined(faults))",
            facts: ["faults": list(faults)])
    }

    /// GC went through the whole list, and some entries could not be freed.
    ///
    /// - Parameters:
    ///   - failures: One text for each entry; not empty.
    ///   - freed: How many entries were freed.
    public static func garbageCollectionIncomplete(_ failures: [String], freed: Int) -> CNIError {
        refused(
            .garbageCollectionIncomplete,
            "GC freed \(freed) and could not free \(count(failures, "attachment")): \(joined(failures)). The next GC tries again",
            facts: ["freed": JSONValue(freed), "failures": list(failures)])
    }

    /// The plugin of others that was to give, check or take back an address did not do so.
    ///
    /// - Parameter problem: What it did instead, in a clause.
    public static func ipamPluginFailed(_ plugin: String, _ command: CNICommand, problem: String) -> CNIError {
        refused(
            .ipamPluginFailed, "The IPAM plugin \(quoted(plugin)) failed in \(command): \(problem)",
            facts: ["plugin": .string(plugin), "command": .string(command.rawValue)])
    }

    /// An IPAM plugin gave addresses that a pod cannot be given.
    ///
    /// - Parameter problem: Which address, and who has it.
    public static func ipamAddressUnusable(_ plugin: String, problem: String) -> CNIError {
        refused(
            .fixedAddressUnavailable,
            "The IPAM plugin \(quoted(plugin)) gave an address that the pod cannot have: \(problem). Give it addresses that the VPC does not use",
            facts: ["plugin": .string(plugin)])
    }

    /// An IPAM plugin is named that the plugin at the other end of the socket cannot run (code 114).
    public static func ipamPluginNotRun(_ plugin: String) -> CNIError {
        refused(
            .daemonVersionDiffers,
            "The IPAM plugin \(quoted(plugin)) cannot be run by the berth-cni that called. Install berth-cni and berthd of the same "
                + "release, and write ipam.type without escapes", facts: ["plugin": .string(plugin)])
    }

    /// The variable is missing that names the folders of other plugins (code 4).
    public static func ipamPathMissing(_ plugin: String) -> CNIError {
        CNIError(
            code: .invalidEnvironment, message: "The environment lacks CNI_PATH, in which the IPAM plugin \(quoted(plugin)) is looked for")
    }

    /// An ADD of the same attachment has its IPAM plugin at work (code 11).
    public static func ipamPluginBusy(_ attachment: String) -> CNIError {
        CNIError(code: .tryAgainLater, message: "Another ADD of \(attachment) waits for its IPAM plugin. Send DEL first")
    }

    /// The result has no address, which the first two versions cannot express.
    static func resultWithoutAddress(in version: CNIVersion) -> CNIError {
        CNIError(
            code: .invalidConfiguration,
            message: "A result without an address cannot be told in CNI \(version); set cniVersion to \(CNIVersion.v030) or later",
            version: version)
    }
}

extension CNIError {
    /// How many faults a message and its details name; the rest is in the daemon's log.
    private static let faultsMax = 16

    private static func details(of reason: RefusalReason, retryAfter: Duration? = nil, facts: JSONObject = [:]) -> String {
        var object: JSONObject = ["code": JSONValue(reason.number), "reason": .string(reason.rawValue)]
        object["retryAfterSeconds"] = retryAfter.map { JSONValue(wholeSeconds($0)) }
        object.members += facts.members
        return JSONValue.object(object).description
    }

    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(max(0, attoseconds > 0 ? seconds + 1 : seconds))
    }

    private static func count(_ texts: [String], _ noun: String) -> String {
        texts.count == 1 ? "1 \(noun)" : "\(texts.count) \(noun)s"
    }

    private static func joined(_ texts: [String]) -> String {
        let shown = texts.prefix(faultsMax).joined(separator: "; ")
        return texts.count > faultsMax ? "\(shown); and \(texts.count - faultsMax) more" : shown
    }

    private static func list(_ texts: [String]) -> JSONValue {
        .array(texts.prefix(faultsMax).map { .string($0) })
    }
}
