public import PodNetwork

extension KernelNamespace {
    /// Returns which of the settings do not hold. One whose file is absent holds unless it is required.
    public func unmet(_ settings: [SysctlSetting]) throws(KernelError) -> [SysctlSetting] {
        var unmet: [SysctlSetting] = []
        for setting in settings {
            let value = try sysctl(setting.path)
            if value == nil ? setting.isRequired : value != setting.value { unmet.append(setting) }
        }
        return unmet
    }

    /// Makes the settings hold, in order. Writes what differs alone: a container may see the files and not be let write them.
    ///
    /// - Throws: ``KernelError`` for the first that cannot be written; those before it stay.
    public func ensure(_ settings: [SysctlSetting]) throws(KernelError) {
        for setting in settings where try !unmet([setting]).isEmpty {
            let outcomes = try perform([.setSysctl(setting.path, setting.value)], sandboxNetns: nil)
            if let errno = outcomes.first.flatMap({ $0 }) { throw KernelError("set \(setting)", errno) }
        }
    }
}
