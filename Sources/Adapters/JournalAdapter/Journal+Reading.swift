import Glibc
public import IPAMEngine

extension Journal {
    /// The attachments that hold addresses by the journal of a folder, which is read as it is and not changed: also while a daemon
    /// writes it, and where nothing may be written.
    ///
    /// - Returns: None where there is no journal, or one of an earlier boot, whose pods ended with that.
    /// - Throws: When the file cannot be read.
    public static func attachments(directory: String) throws(JournalError) -> Set<PodAttachment> {
        let file: OpenFile
        do throws(JournalError) {
            file = try OpenFile("\(directory)/journal", .readOnly)
        } catch .refused(_, _, ENOENT) {
            return []
        }
        let bytes = try file.contents(bytesMax: JournalFile.bytesMax)
        guard let header = JournalHeader(bytes), header.format == JournalHeader.format, header.bootID == (try BootID.current()) else {
            return []
        }
        var attachments: Set<PodAttachment> = []
        for entry in JournalScan(bytes, from: JournalHeader.byteCount).entries {
            switch entry {
            case .allocated(let allocation): attachments.insert(allocation.attachment)
            case .released(let attachment, _, _): attachments.remove(attachment)
            case .wired, .linkGone, .promised, .eniRequested, .eniRefused, .eniCreated, .eniAttached, .unassigning, .unassigned,
                .eniDetaching, .eniDetached, .eniGone, .eniLost, .degradationOrdered:
                break
            }
        }
        return attachments
    }
}
