import Foundation

/// The image that sandboxes run: a static program that waits, in an archive as containerd imports it and podman loads it.
enum PauseImage {
    static let name = "berth.test/pause:1"

    /// Builds the program and the archive in the folder.
    static func archive(in folder: String) throws -> String {
        let (program, archive) = ("\(folder)/pause", "\(folder)/pause.tar")
        let source = URL(fileURLWithPath: MotoInstance.script("oci-image")).deletingLastPathComponent().appending(path: "pause.c").path
        for words in [
            ["gcc", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-o", program, source],
            [MotoInstance.python, MotoInstance.script("oci-image"), program, name, archive],
        ] {
            let outcome = try ChildProcess.run(words)
            guard outcome.status == 0 else { throw DaemonReports.Failure(description: "\(words): \(outcome.errors)") }
        }
        return archive
    }
}
