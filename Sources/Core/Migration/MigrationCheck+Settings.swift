// What the environment of aws-node asks for, and what comes of it here.
extension MigrationCheck {
    static func settings(_ evidence: NodeEvidence) -> [MigrationFinding] {
        guard let environment = evidence.environment else {
            // The file of settings was written then.
            if evidence.isTakenOver { return [] }
            return [
                MigrationFinding(
                    .environmentUnknown, .blocks, "aws-node", "Its settings were not given, and berthd would begin with defaults",
                    remedy: "Give them with --daemonset or --env")
            ]
        }
        let others = environment.variables.keys.filter { !evidence.settingNames.contains($0) }
        return others.compactMap { finding(of: $0, environment) } + refused(evidence) + network(environment, evidence)
            + securityGroups(environment, evidence) + release(environment)
    }

    private static func finding(of name: String, _ environment: IncumbentEnvironment) -> MigrationFinding? {
        let value = environment.variables[name] ?? ""
        switch IncumbentVariable(name) {
        case .ofProcess, .judgedElsewhere: return nil
        case .inConflist:
            return MigrationFinding(
                .settingWithoutEffect, .tells, name, "It has done its work: the conflist has what it asks for, and stays")
        case .withoutEffect(let reason):
            return MigrationFinding(.settingWithoutEffect, .tells, name, "It has no effect: \(reason)")
        case .notDone(let values, let problem, let remedy):
            guard values.contains(value) else { return nil }
            return MigrationFinding(.settingDiffers, .blocks, name, "It is \(value), and \(problem)", remedy: remedy)
        case nil:
            // An empty one asks for nothing.
            guard !value.isEmpty else { return nil }
            let isSetting = IncumbentVariable.isOfIncumbent(name)
            return MigrationFinding(
                .settingUnknown, isSetting ? .blocks : .tells, name,
                isSetting
                    ? "It looks like a setting of aws-node, and berthd does not know it" : "It is no setting, and is not carried over",
                remedy: isSetting
                    ? "Find out what it asks for, and take it out of the DaemonSet or overrule this"
                    : "Give it to berthd if one of its libraries reads it")
        }
    }

    private static func refused(_ evidence: NodeEvidence) -> [MigrationFinding] {
        evidence.refusedSettings.map { MigrationFinding(.settingRefused, .blocks, $0.name, $0.problem, remedy: $0.remedy) }
    }

    private static func network(_ environment: IncumbentEnvironment, _ evidence: NodeEvidence) -> [MigrationFinding] {
        var findings: [MigrationFinding] = []
        if environment.isTrue("AWS_VPC_K8S_CNI_EXTERNALSNAT") {
            findings.append(
                MigrationFinding(
                    .externalSNAT, .tells, "AWS_VPC_K8S_CNI_EXTERNALSNAT",
                    "Pods leave the VPC with their own addresses, as before: a NAT gateway has to translate them"))
        }
        let usesENIConfig = environment.isTrue("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG")
        if usesENIConfig, evidence.customNetworking?.eniConfigs.isEmpty != false {
            findings.append(
                MigrationFinding(
                    .customNetworking, .blocks, "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "It is true, and no ENIConfig was given",
                    remedy: "Give them with --eni-configs and the node with --node-object, as kubectl prints them with -o json; "
                        + "a berthd that is in the cluster reads them itself, and --force \(MigrationFinding.Code.customNetworking.rawValue) says so"
                ))
        }
        if environment.isTrue("ENABLE_MULTI_NIC") {
            findings.append(
                MigrationFinding(
                    .otherCards, .warns, "ENABLE_MULTI_NIC", "It is true: pods of several network cards are not taken over",
                    remedy: "Delete the pods with the annotation k8s.amazonaws.com/nicConfig first"))
        }
        if let stated = environment["AWS_VPC_K8S_CNI_VETHPREFIX"], let used = evidence.conflist.value?.vethPrefix, stated != used {
            findings.append(
                MigrationFinding(
                    .vethPrefix, .warns, "AWS_VPC_K8S_CNI_VETHPREFIX",
                    "The DaemonSet says \"\(stated)\" and the conflist \"\(used)\"; the conflist's is carried over, since it made the links",
                    remedy: "Take over with the DaemonSet's own node once it has been rolled out"))
        }
        return findings
    }

    private static func securityGroups(_ environment: IncumbentEnvironment, _ evidence: NodeEvidence) -> [MigrationFinding] {
        guard environment.isTrue("ENABLE_POD_ENI") else { return [] }
        var findings = [
            MigrationFinding(
                .securityGroupsForPods, .warns, "ENABLE_POD_ENI",
                "Pods with branch ENIs of their own are wired by what their annotation says; those that run are not taken over",
                remedy: "Drain pods with security groups of their own from this node first")
        ]
        let mode = evidence.conflist.value?.securityGroupMode ?? environment["POD_SECURITY_GROUP_ENFORCING_MODE"] ?? "strict"
        if mode == "strict" {
            findings.append(
                MigrationFinding(
                    .strictMode, .warns, "POD_SECURITY_GROUP_ENFORCING_MODE",
                    "It is strict: the rule for local addresses stands at priority 20, and stays there",
                    remedy: "Nothing, while pods with security groups of their own run here"))
        }
        return findings
    }

    /// The oldest release whose files are read for certain: before it, `ipam.json` has no pods' names.
    private static let minorMin = 12

    private static func release(_ environment: IncumbentEnvironment) -> [MigrationFinding] {
        guard let release = environment.release else { return [] }
        let numbers = release.drop { $0 == "v" }.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1], major == 1, minor >= minorMin else {
            return [
                MigrationFinding(
                    .releaseUnknown, .warns, release,
                    "This release of aws-node is not between v1.12 and v1.x, which its files are known of",
                    remedy: "Bring aws-node to a release from v1.12 on first, so that it writes its files anew")
            ]
        }
        return []
    }
}
