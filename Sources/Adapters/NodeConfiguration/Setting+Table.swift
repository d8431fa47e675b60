import IPAMEngine
import PodNetwork

extension Setting {
    /// Every setting, in the order of the reference: by what it is about.
    public static let all = families + placement + pool + pods + cluster + links + network

    private static let families = [
        Setting("ENABLE_IPv4", \.families.hasIPv4, .flag, .newPods, "Give pods an IPv4 address. With `ENABLE_IPv6` they get one of each"),
        Setting(
            "ENABLE_IPv6", \.families.hasIPv6, .flag, .newPods,
            "Give pods an IPv6 address, from a /80 prefix of their ENI. Needs an instance type built on Nitro and, without IPv4, "
                + "`ENABLE_PREFIX_DELEGATION`"),
        Setting(
            "ENABLE_PREFIX_DELEGATION", \.families.usesPrefixes, .flag, .newPods,
            "Ask EC2 for IPv4 addresses in /28 prefixes instead of one by one. On types that are not built on Nitro the node stays "
                + "with single addresses and says so"),
    ]

    private static let placement = [
        Setting(
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", \.placement.usesENIConfig, .flag, .newENIs,
            "Make ENIs where the node's ENIConfig says, and give pods no address of the primary ENI"),
        Setting(
            "ENI_CONFIG_ANNOTATION_DEF", \.placement.eniConfigAnnotation, .key(else: "k8s.amazonaws.com/eniConfig"), .newENIs,
            "The annotation of a node that names its ENIConfig"),
        Setting(
            "ENI_CONFIG_LABEL_DEF", \.placement.eniConfigLabel, .key(else: "k8s.amazonaws.com/eniConfig"), .newENIs,
            "The label that names it where there is no such annotation"),
        Setting(
            "ENABLE_SUBNET_DISCOVERY", \.placement.discoversSubnets, .flag, .atOnce,
            "Make ENIs in subnets whose tag `kubernetes.io/role/cni` offers them, besides the node's own. Custom networking turns it off"),
        Setting(
            "CLUSTER_NAME", \.placement.cluster, .cluster, .atOnce, isLive: false,
            "Subnets that are tagged for clusters by name serve this one alone; not set, every cluster"),
        Setting(
            "ADDITIONAL_ENI_TAGS", \.placement.additionalENITags, .tags, .newENIs, isLive: false,
            "Tags for the ENIs that the node makes, besides ours"),
        Setting(
            "ENABLE_MULTI_NIC", \.placement.usesEveryCard, .flag, .newENIs,
            "Use the ENIs of every network card, those of the first card before others"),
        Setting(
            "MANAGE_UNTAGGED_ENI", \.placement.takesUntaggedENIs, .flag, .newENIs, isLive: false,
            "Give pods addresses of attached ENIs that bear no tag of a node or a cluster; otherwise leave those alone"),
        Setting(
            "DISABLE_LEAKED_ENI_CLEANUP", \.placement.leavesOrphans, .flag, .atOnce, isLive: false,
            "Leave ENIs that nodes of the cluster left behind where they are"),
        Setting(
            "BERTH_ENI_SWEEP_INTERVAL", \.placement.sweepInterval, .seconds(10...604_800), .atOnce, isLive: false,
            "How long a node waits, on average, from one look for such ENIs to its next"),
        Setting(
            "MAX_ENI", \.placement.enisMax, .wholeIfSet(1...100, "ENIs", unset: "the instance type's limit"), .newENIs,
            "Most ENIs of a network card"),
        Setting(
            "BERTH_MAX_PODS", \.placement.podsMax, .wholeIfSet(1...4096, "pods", unset: "recommended for the instance type"), .atOnce,
            "What the kubelet takes at most (`--max-pods`); no more addresses than its pods can have are asked for"),
    ]

    private static let pool = [
        Setting(
            "WARM_ENI_TARGET", \.pool.targets.enis, .whole(0...100, "ENIs"), .atOnce,
            "Full ENIs to keep spare; for single addresses, when no address target is set"),
        Setting(
            "WARM_IP_TARGET", \.pool.targets.addresses, .wholeIfSet(0...4096, "addresses"), .atOnce,
            "Free addresses to keep; comes before the ENI and the prefix target"),
        Setting(
            "MINIMUM_IP_TARGET", \.pool.targets.minimumAddresses, .wholeIfSet(0...4096, "addresses"), .atOnce,
            "The least number of addresses on the node"),
        Setting(
            "WARM_PREFIX_TARGET", \.pool.targets.prefixes, .whole(0...1024, "prefixes"), .atOnce,
            "Free /28 prefixes to keep, with prefix delegation and no address target"),
        Setting(
            "BERTH_AUTO_WARM_TARGET", \.pool.missProbability, .chance, .atOnce,
            "Keep as many addresses free as the pods seen lately need, so that one refill of the pool comes too late with no more than "
                + "this chance; comes before the `WARM_` targets"),
        Setting(
            "BERTH_AUTO_WARM_MIN", \.pool.automaticLeast, .whole(0...4096, "addresses"), .atOnce,
            "The least that `BERTH_AUTO_WARM_TARGET` keeps"),
        Setting(
            "BERTH_AUTO_WARM_MAX", \.pool.automaticMost, .whole(0...4096, "addresses"), .atOnce,
            "The most that `BERTH_AUTO_WARM_TARGET` keeps"),
        Setting(
            "IP_COOLDOWN_PERIOD", \.pool.cooldown, .seconds(0...86_400), .newPods,
            "How long a released address is not given out again. An address in cooldown does not count as free"),
        Setting(
            "AWS_MANAGE_ENIS_NON_SCHEDULABLE", \.pool.managesCordonedNode, .flag, .atOnce,
            "Let the pool of a cordoned node grow and shrink as on any other"),
        Setting(
            "BERTH_PRESSURE_SHARE", \.pool.pressureShare, .share, .atOnce,
            "When less of a subnet is free, its nodes keep no more than pods ask for, until twice as much is free"),
        Setting("BERTH_EXCLUDED_ADDRESSES", \.pool.excludedAddresses, .blocks, .newPods, "Addresses that no pod is given"),
    ]

    private static let pods = [
        // The plugin waits 110 s for its answer; the reason must come before.
        Setting(
            "BERTH_ADD_BUDGET", \.pods.addBudget, .seconds(1...100), .newPods,
            "How long an ADD waits for an address before it is refused with the reason"),
        Setting(
            "BERTH_WAITING_MAX", \.pods.waitingMax, .whole(1...4096, "requests"), .atOnce,
            "How many ADDs may wait at once; one more is refused"),
        Setting(
            "BERTH_CRITICAL_NAMESPACES", \.pods.criticalNamespaces, .namespaces, .newPods,
            "Pods of these namespaces are served before others that wait"),
        Setting(
            "BERTH_GC_MINIMUM_AGE", \.pods.garbageAgeMin, .seconds(0...86_400), .atOnce,
            "How old an allocation must be before GC takes it: the runtime's list may be older than its ADD"),
        Setting(
            "BERTH_STICKY_NAMESPACES", \.pods.stickyNamespaces, .namespaces, .newPods,
            "Pods of these namespaces leave their address to a pod of the same name, as those of a StatefulSet have"),
        Setting("BERTH_STICKY_HOLD", \.pods.stickyHold, .seconds(1...86_400), .newPods, "How long such an address is kept"),
        Setting(
            "BERTH_RESERVATIONS", \.pods.reservations, .reservations, .newPods,
            "Addresses that these pods always get and no other pod does"),
    ]

    private static let links = [
        Setting(
            "AWS_VPC_ENI_MTU", \.eniMTUBytes, .whole(576...9001, "bytes"), .newENIs,
            "The MTU of secondary ENIs; at least 1280 with IPv6")
    ]

    private static let network = [
        Setting(
            "AWS_VPC_K8S_CNI_EXTERNALSNAT", \.network.leavesTranslationToOthers, .flag, .atOnce,
            "Let packets of pods leave the VPC with the pods' own addresses, for something else to translate; otherwise they have the "
                + "node's"),
        Setting(
            "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", \.network.untranslated, .blocks, .atOnce,
            "Destinations besides the VPC's blocks that see the pods' own addresses"),
        Setting(
            "AWS_VPC_K8S_CNI_RANDOMIZESNAT", \.network.portChoice, .portChoice, .atOnce,
            "How the ports of translated connections are chosen: at random, by a hash, or the first that is free"),
        Setting(
            "AWS_EXTERNAL_SERVICE_CIDRS", \.network.externalServices, .blocks, .atOnce,
            "Destinations that pods of every ENI reach through the primary one"),
        Setting(
            "AWS_VPC_CNI_NODE_PORT_SUPPORT", \.network.servesNodePorts, .flag, .atOnce,
            "Answer connections that come in by the primary ENI through it, whatever ENI the pod's address is on"),
        Setting(
            "AWS_VPC_K8S_CNI_CONNMARK", \.network.mark, .mark, .atOnce, "The bits that mark the connections of the primary ENI"),
        Setting(
            "AWS_VPC_K8S_CNI_VETHPREFIX", \.network.podLinkPrefix, .linkPrefix, .newPods,
            "What names of pods' links on the node begin with, by which the firewall knows what pods send; the same as `vethPrefix` in the "
                + "network configuration"),
        Setting(
            "DISABLE_TCP_EARLY_DEMUX", \.network.lacksTCPEarlyDemux, .flag, .atOnce,
            "Let the kubelet's probes reach pods with security groups of their own in strict mode"),
        Setting(
            "ENABLE_V4_EGRESS", \.network.hasIPv4Egress, .flag, .newPods, isLive: false,
            "Let pods that have IPv6 alone reach IPv4 with the node's address"
        ),
        Setting(
            "ENABLE_V6_EGRESS", \.network.hasIPv6Egress, .flag, .newPods, isLive: false,
            "Let pods that have IPv4 alone reach IPv6 with the node's address"
        ),
    ]

    private static let cluster = [
        Setting(
            "ENABLE_POD_ENI", \.cluster.givesBranchENIs, .flag, .newPods,
            "Give pods that ask for `vpc.amazonaws.com/pod-eni` the branch ENI that the cluster's controller makes for them"),
        Setting(
            "POD_SECURITY_GROUP_ENFORCING_MODE", \.cluster.branchENIMode, .enforcingMode, .newPods,
            "How far the security groups of a branch ENI reach: over every packet of its pod, or over those that leave the node"),
        Setting(
            "ANNOTATE_POD_IP", \.cluster.annotatesPods, .flag, .newPods,
            "Write a pod's addresses into its annotation `vpc.amazonaws.com/pod-ips` as soon as it has them"),
        Setting(
            "BERTH_KUBERNETES_WRITES", \.cluster.writes, .flag, .atOnce, isLive: false,
            "Write to the cluster: events, the node's condition, `berth.dev/pod-addresses`, the lease of the sweep. Without it the node "
                + "follows the cluster and writes nothing"),
        Setting(
            "BERTH_NODE_TAINT", \.cluster.taint, .taintKey, .atOnce,
            "The key of a taint (`NoSchedule`) that the node has while its pods can have no address; not set, none"),
    ]

    /// The settings as a table in Markdown.
    public static var reference: String {
        let rows = all.map {
            "| `\($0.name)` | \(told($0.fallback)) | \($0.range) | \($0.change.rawValue) | \($0.isLive ? "yes" : "no") | \($0.meaning) |"
        }
        return (["| name | default | range | a change is for | live | meaning |", "|---|---|---|---|---|---|"] + rows).joined(
            separator: "\n")
    }

    /// Values stand as they would be written, words about them as words.
    private static func told(_ fallback: String) -> String {
        fallback.contains(" ") || fallback == "none" ? fallback : "`\(fallback)`"
    }
}

// Two of the incumbent's variables say what is not to be.
extension NodeNetworkPolicy {
    fileprivate var leavesTranslationToOthers: Bool {
        get { !translatesSources }
        set { translatesSources = !newValue }
    }

    fileprivate var lacksTCPEarlyDemux: Bool {
        get { !hasTCPEarlyDemux }
        set { hasTCPEarlyDemux = !newValue }
    }
}
