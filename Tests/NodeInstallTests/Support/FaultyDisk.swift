import Glibc
import NodeInstall
import Synchronization

/// A disk on which one step fails, or every one from a step on, which leaves the files as a crash at that step would.
final class FaultyDisk: Sendable {
    enum Fault: Sendable {
        case none
        /// The step of this number, counted from 0, and no other.
        case step(Int, Int32)
        /// The step of this number and all after it: who would clean up cannot either.
        case crash(at: Int)
        case every(Disk.Step, Int32)
    }

    private let fault: Fault
    private let count = Mutex(0)

    init(_ fault: Fault) {
        self.fault = fault
    }

    /// How many steps there were.
    var steps: Int { count.withLock { $0 } }

    var disk: Disk {
        Disk { step, _ in
            let number = self.count.withLock { count in
                defer { count += 1 }
                return count
            }
            switch self.fault {
            case .none: return 0
            case .step(let failing, let errno): return number == failing ? errno : 0
            case .crash(let first): return number >= first ? EIO : 0
            case .every(let failing, let errno): return step == failing ? errno : 0
            }
        }
    }
}
