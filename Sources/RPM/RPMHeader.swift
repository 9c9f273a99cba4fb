import AzureLinux
import CRPM
import SystemPackage

/// What the headers of one RPM say, as values.
package struct RPMHeader: Hashable, Sendable {
  package struct File: Hashable, Codable, Sendable {
    package var path: String
    /// Type and permission bits, as `st_mode` has them.
    package var mode: UInt16
    package var owner: String
    package var group: String
    /// Of a regular file, where the RPM uses SHA-256.
    package var digest: Digest?
    package var size: UInt64
    /// Empty but for symbolic links.
    package var linkTarget: String
    /// rpm's own, such as `RPMFILE_CONFIG`.
    package var flags: UInt32
    /// Of a device node.
    package var device: UInt16
    /// As `cap_from_text` reads them; mostly empty.
    package var capabilities: String
    package var language: String

    package var isFolder: Bool { mode & UInt16(S_IFMT) == UInt16(S_IFDIR) }
    /// Marked `%doc`, `%license` in the spec.
    package var isDocument: Bool { flags & RPMFILE_DOC.rawValue != 0 }
    package var isLicence: Bool { flags & RPMFILE_LICENSE.rawValue != 0 }

    /// A ghost is one in name only.
    package var isRegular: Bool {
      mode & UInt16(S_IFMT) == UInt16(S_IFREG) && flags & RPMFILE_GHOST.rawValue == 0
    }
  }

  package struct Scriptlet: Hashable, Codable, Sendable {
    /// `pre`, `post`, `preun`, `postun`, `pretrans`, `posttrans`, `verify`, `trigger`, `filetrigger`, `transfiletrigger`.
    package var kind: String
    package var interpreter: [String]
    package var text: String
  }

  package var nevra: NEVRA
  package var isSource: Bool
  /// File name; empty for a source package.
  package var sourceRPM: String
  package var provides: [Dependency]
  package var requires: [Dependency]
  package var conflicts: [Dependency]
  package var obsoletes: [Dependency]
  package var files: [File]
  package var scriptlets: [Scriptlet]

  package static func read(_ rpm: FilePath) throws(RPMError) -> RPMHeader {
    try Librpm.exclusively { () throws(RPMError) -> RPMHeader in
      let header = try Header(reading: rpm)
      return RPMHeader(
        nevra: header.nevra, isSource: headerIsSource(header.pointer) != 0,
        sourceRPM: header.string(RPMTAG_SOURCERPM) ?? "", provides: header.dependencies(RPMTAG_PROVIDENAME),
        requires: header.dependencies(RPMTAG_REQUIRENAME),
        conflicts: header.dependencies(RPMTAG_CONFLICTNAME),
        obsoletes: header.dependencies(RPMTAG_OBSOLETENAME), files: header.files,
        scriptlets: header.scriptlets)
    }
  }

  /// What the solver asks of it, for an RPM of this machine.
  package func localPackage(_ file: RPMFile) -> LocalPackage {
    LocalPackage(
      file: file, sourceRPM: sourceRPM, provides: provides, requires: requires, conflicts: conflicts,
      obsoletes: obsoletes, files: files.map(\.path))
  }
}

extension Header {
  var files: [RPMHeader.File] {
    let files = rpmfilesNew(nil, pointer, rpmTagVal(RPMTAG_BASENAMES.rawValue), 0)
    defer { rpmfilesFree(files) }
    return (0..<Int32(clamping: rpmfilesFC(files))).map { index in
      let path = rpmfilesFN(files, index)
      defer { free(path) }
      var algorithm: Int32 = 0
      var length = 0
      let bytes = rpmfilesFDigest(files, index, &algorithm, &length)
      let isSHA256 = algorithm == RPM_HASH_SHA256.rawValue && length == 32
      let hasContent = rpmfilesFMode(files, index) & UInt16(S_IFMT) == UInt16(S_IFREG)
      return RPMHeader.File(
        path: path.map { String(cString: $0) } ?? "", mode: rpmfilesFMode(files, index),
        owner: rpmfilesFUser(files, index).map { String(cString: $0) } ?? "",
        group: rpmfilesFGroup(files, index).map { String(cString: $0) } ?? "",
        digest: isSHA256 && hasContent
          ? bytes.map { Digest(bytes: UnsafeBufferPointer(start: $0, count: 32)) } : nil,
        size: rpmfilesFSize(files, index),
        linkTarget: rpmfilesFLink(files, index).map { String(cString: $0) } ?? "",
        flags: rpmfilesFFlags(files, index), device: rpmfilesFRdev(files, index),
        capabilities: rpmfilesFCaps(files, index).map { String(cString: $0) } ?? "",
        language: rpmfilesFLangs(files, index).map { String(cString: $0) } ?? "")
    }
  }

  fileprivate var scriptlets: [RPMHeader.Scriptlet] {
    let single: [(String, rpmTag_e, rpmTag_e)] = [
      ("pretrans", RPMTAG_PRETRANS, RPMTAG_PRETRANSPROG), ("pre", RPMTAG_PREIN, RPMTAG_PREINPROG),
      ("post", RPMTAG_POSTIN, RPMTAG_POSTINPROG), ("preun", RPMTAG_PREUN, RPMTAG_PREUNPROG),
      ("postun", RPMTAG_POSTUN, RPMTAG_POSTUNPROG), ("posttrans", RPMTAG_POSTTRANS, RPMTAG_POSTTRANSPROG),
      ("verify", RPMTAG_VERIFYSCRIPT, RPMTAG_VERIFYSCRIPTPROG),
    ]
    let several: [(String, rpmTag_e, rpmTag_e)] = [
      ("trigger", RPMTAG_TRIGGERSCRIPTS, RPMTAG_TRIGGERSCRIPTPROG),
      ("filetrigger", RPMTAG_FILETRIGGERSCRIPTS, RPMTAG_FILETRIGGERSCRIPTPROG),
      ("transfiletrigger", RPMTAG_TRANSFILETRIGGERSCRIPTS, RPMTAG_TRANSFILETRIGGERSCRIPTPROG),
    ]
    // `-p <program>` alone makes a scriptlet without a text
    return single.filter { has($0.1) || has($0.2) }.map { kind, text, program in
      RPMHeader.Scriptlet(kind: kind, interpreter: strings(program), text: string(text) ?? "")
    }
      + several.flatMap { kind, texts, programs in
        let programs = strings(programs)
        return strings(texts).enumerated().map { index, text in
          RPMHeader.Scriptlet(
            kind: kind, interpreter: index < programs.count ? [programs[index]] : [], text: text)
        }
      }
  }
}
