import Foundation

/// The built programs under test: in `BERTH_BIN`, else in `bin` beside the package's manifest.
enum Programs {
    static let plugin = folder + "/berth-cni"
    static let daemon = folder + "/berthd"
    static let berth = folder + "/berth"

    private static let folder: String = {
        if let path = ProcessInfo.processInfo.environment["BERTH_BIN"] { return path }
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.path + "/Package.swift") { return folder.path + "/bin" }
            folder.deleteLastPathComponent()
        }
        return "bin"
    }()

    /// Those that are not there or cannot be run.
    static let missing = [plugin, daemon, berth].filter { !FileManager.default.isExecutableFile(atPath: $0) }
}

/// Whether this process may make namespaces and links, and whether it must.
enum Privileges {
    static let areHeld = geteuid() == 0
    static let areRequired = ProcessInfo.processInfo.environment["BERTH_REQUIRE_PRIVILEGED"] == "1"
}
