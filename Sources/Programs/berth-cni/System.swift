import CPluginSystem

/// The calling thread's error number.
var errno: Int32 {
    get { berth_error_number() }
    set { berth_set_error_number(newValue) }
}

/// Opens a file; returns its descriptor, or -1 with `errno`.
func open(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    berth_open_file(path, flags, mode)
}
