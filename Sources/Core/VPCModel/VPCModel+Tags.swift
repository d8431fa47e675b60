extension VPCModel {
    /// EC2's bounds (EC2 User Guide, "Tag your Amazon EC2 resources"): 50 tags, keys of 1 to 128 characters and values of up to
    /// 256; keys that begin with `aws:` are Amazon's own.
    static func checkTags(_ tags: [String: String]) throws(VPCError) {
        guard tags.count <= tagsMax else {
            throw VPCError(.tagLimitExceeded, "\(tags.count) tags exceed the limit of \(tagsMax) for each resource")
        }
        // By key, so that the same faulty tags are always refused in the same words.
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, key.unicodeScalars.count <= 128, value.unicodeScalars.count <= 256 else {
                throw VPCError(.invalidParameterValue, "Tag '\(key)' is invalid: a key has 1 to 128 characters, a value up to 256")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw VPCError(.invalidParameterValue, "Tag keys starting with 'aws:' are reserved for internal use")
            }
        }
    }

    private static let tagsMax = 50
}
