extension ClusterAccess {
    /// The access that a kubeconfig file gives.
    ///
    /// - Parameters:
    ///   - path: One file, or several with colons between them as `KUBECONFIG` has it: the first that says a thing is right.
    ///   - context: One of the file's; its own choice when nil.
    ///   - environment: The variables of the process, for credential plugins.
    /// - Throws: When a file cannot be read, lacks what the context names, or asks for what is not supported.
    public static func kubeconfig(
        path: String, context: String? = nil, environment: [String: String]
    ) throws(ClusterAccessFailure) -> ClusterAccess {
        var merged: Kubeconfig?
        let paths = path.split(separator: ":").map(String.init)
        for path in paths {
            // As kubectl: of several files one that does not exist is passed over.
            guard let file = try Kubeconfig(path: path, isOptional: paths.count > 1) else { continue }
            merged = merged?.merging(file) ?? file
        }
        guard let merged else {
            throw ClusterAccessFailure(problem: "None of the kubeconfig files \(path) exists", remedy: "Name one that does")
        }
        return try merged.access(context: context, source: "kubeconfig \(path)", environment: environment)
    }
}
