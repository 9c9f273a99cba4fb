import Glibc
import SystemPackage

/// The names in a folder, and which of them are folders; links are not followed.
struct FolderEntry {
  var name: String
  var isFolder: Bool

  static func list(_ folder: String) throws(Errno) -> [FolderEntry] {
    guard let stream = opendir(folder) else { throw Errno(rawValue: errno) }
    defer { closedir(stream) }
    var entries: [FolderEntry] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      let kind = Int(entry.pointee.d_type)
      entries.append(
        FolderEntry(
          name: name,
          isFolder: kind == Int(DT_DIR) || (kind == Int(DT_UNKNOWN) && isFolder(folder + "/" + name))))
    }
    return entries
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
