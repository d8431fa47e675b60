/// What becomes of a variable of `aws-node` that is no setting of ours (reference §1).
enum IncumbentVariable {
    /// It changes nothing here.
    case withoutEffect(String)
    /// The file beside it says it as well, and that is what we read.
    case inConflist
    /// Of what a process is started with, such as credentials: berthd takes it from its own environment.
    case ofProcess
    /// Taken up with what it belongs to.
    case judgedElsewhere
    /// Set to one of these values, it asks for what we do not do.
    case notDone(when: Set<String>, String, remedy: String)

    /// Nil for a name that is not known.
    init?(_ name: String) {
        if let known = Self.byName[name] {
            self = known
        } else if Self.processPrefixes.contains(where: name.hasPrefix) {
            self = .ofProcess
        } else {
            return nil
        }
    }

    /// Whether a name looks like a setting of the incumbent, so that not knowing it means not doing what it asks.
    static func isOfIncumbent(_ name: String) -> Bool {
        ["AWS_VPC_", "ENABLE_", "DISABLE_", "WARM_", "MINIMUM_", "MAX_", "ENI_", "POD_", "NETWORK_POLICY_", "IP_", "MANAGE_"]
            .contains(where: name.hasPrefix)
    }

    private static let trueWords: Set<String> = ["1", "t", "T", "TRUE", "true", "True"]

    /// What the SDKs, Go and Kubernetes read.
    private static let processPrefixes = [
        "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS", "AWS_SESSION_TOKEN", "AWS_ROLE_", "AWS_WEB_IDENTITY", "AWS_CONTAINER_", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_STS_", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_USE_", "AWS_EC2_METADATA_", "AWS_ENDPOINT_URL",
        "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "KUBERNETES_",
        "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT", "PATH", "HOME", "HOSTNAME", "TZ",
    ]

    private static let logs = IncumbentVariable.withoutEffect("berthd logs to standard error, and the plugin logs nothing")

    private static let byName: [String: IncumbentVariable] = [
        "MY_NODE_NAME": .ofProcess, "MY_POD_NAME": .withoutEffect("events are not hung on a pod of the daemon's"),
        "VPC_CNI_VERSION": .withoutEffect("it names a release of aws-node"), "VPC_ID": .withoutEffect("the metadata tell the VPC"),
        "CLUSTER_ENDPOINT": .ofProcess, "AWS_EC2_ENDPOINT": .withoutEffect("use AWS_ENDPOINT_URL_EC2"),
        "HTTP_TIMEOUT": .withoutEffect("calls to EC2 have limits of their own"),
        "AWS_VPC_K8S_CNI_BACKING_STORE": .judgedElsewhere,
        "AWS_VPC_K8S_CNI_LOGLEVEL": logs, "AWS_VPC_K8S_CNI_LOG_FILE": logs, "AWS_VPC_K8S_PLUGIN_LOG_FILE": logs,
        "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": logs, "AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_FILE": logs,
        "AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_FILE": logs,
        "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER": .withoutEffect("aws-node has not read it since v1.12.1"),
        "ENABLE_NFTABLES": .withoutEffect("aws-node has not read it since v1.13.2"),
        "INTROSPECTION_BIND_ADDRESS": .withoutEffect("berth asks the daemon by its unix socket"),
        "DISABLE_INTROSPECTION": .withoutEffect("berth asks the daemon by its unix socket"),
        "DISABLE_METRICS": .withoutEffect("metrics are served on the unix socket alone"),
        "HOST_CNI_BIN_PATH": .withoutEffect("the paths of this command say where"),
        "HOST_CNI_CONFDIR_PATH": .withoutEffect("the paths of this command say where"),
        "POD_MTU": .inConflist, "ENABLE_BANDWIDTH_PLUGIN": .inConflist, "DISABLE_POD_V6": .inConflist,
        "ENABLE_POD_ENI": .judgedElsewhere, "POD_SECURITY_GROUP_ENFORCING_MODE": .judgedElsewhere,
        "NETWORK_POLICY_ENFORCING_MODE": .judgedElsewhere,
        "DISABLE_NETWORK_RESOURCE_PROVISIONING": .notDone(
            when: trueWords, "berthd attaches and frees ENIs and addresses, and this forbids it",
            remedy: "Keep aws-node on nodes whose role may not, or give berthd's role what Docs/Reference/IAM.md lists"),
        "ENABLE_IMDS_ONLY_MODE": .notDone(
            when: trueWords, "berthd asks EC2, and this forbids it",
            remedy: "Keep aws-node on nodes without a way to EC2, or give them one"),
    ]
}
