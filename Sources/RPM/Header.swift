import AzureLinux
import CRPM
import SystemPackage

/// librpm's header of one RPM, for the time of one call.
struct Header: ~Copyable {
  let pointer: OpaquePointer

  deinit { headerFree(pointer) }

  /// Reads an RPM's headers and checks their digests, but neither payload nor signatures.
  /// To be called within `Librpm.exclusively`.
  init(reading rpm: FilePath) throws(RPMError) {
    let transaction = rpmtsCreate()
    defer { rpmtsFree(transaction) }
    rpmtsSetVSFlags(transaction, Header.checks)
    try self.init(reading: rpm, transaction: transaction, accepting: [RPMRC_OK])
  }

  static let checks =
    RPMVSF_NODSAHEADER.rawValue | RPMVSF_NORSAHEADER.rawValue | RPMVSF_NODSA.rawValue | RPMVSF_NORSA.rawValue
    | RPMVSF_NOPAYLOAD.rawValue | RPMVSF_NOMD5.rawValue

  init(reading rpm: FilePath, transaction: OpaquePointer?, accepting: [rpmRC]) throws(RPMError) {
    let file = Fopen(rpm.string, "r.ufdio")
    defer { if file != nil { Fclose(file) } }
    guard file != nil, Ferror(file) == 0 else {
      throw .unreadable(
        rpm, reason: file.flatMap { Fstrerror($0) }.map { String(cString: $0) } ?? "cannot open")
    }
    var header: OpaquePointer?
    let outcome = rpmReadPackageFile(transaction, file, rpm.string, &header)
    guard let header, accepting.contains(outcome) else {
      if let header { headerFree(header) }
      let complaint = Librpm.complaint
      throw .unreadable(rpm, reason: complaint.isEmpty ? "not an RPM" : complaint)
    }
    pointer = header
  }

  func string(_ tag: rpmTag_e) -> String? {
    headerGetString(pointer, tag.rawValue).map { String(cString: $0) }
  }

  func number(_ tag: rpmTag_e) -> UInt64 { headerGetNumber(pointer, tag.rawValue) }
  func has(_ tag: rpmTag_e) -> Bool { headerIsEntry(pointer, tag.rawValue) != 0 }

  func strings(_ tag: rpmTag_e) -> [String] {
    let data = rpmtdNew()
    defer { rpmtdFree(data) }
    guard headerGet(pointer, tag.rawValue, data, headerGetFlags(HEADERGET_MINMEM.rawValue)) != 0 else {
      return []
    }
    defer { rpmtdFreeData(data) }
    var found: [String] = []
    while let next = rpmtdNextString(data) { found.append(String(cString: next)) }
    return found
  }

  func bytes(_ tag: rpmTag_e) -> [UInt8]? {
    let data = rpmtdNew()
    defer { rpmtdFree(data) }
    guard headerGet(pointer, tag.rawValue, data, headerGetFlags(HEADERGET_MINMEM.rawValue)) != 0 else {
      return nil
    }
    defer { rpmtdFreeData(data) }
    guard data!.pointee.type == RPM_BIN_TYPE.rawValue else { return nil }
    return Array(UnsafeRawBufferPointer(start: data!.pointee.data, count: Int(data!.pointee.count)))
  }

  var nevra: NEVRA {
    NEVRA(
      name: string(RPMTAG_NAME) ?? "",
      evr: EVR(
        epoch: has(RPMTAG_EPOCH) ? Int(number(RPMTAG_EPOCH)) : nil, version: string(RPMTAG_VERSION) ?? "",
        release: string(RPMTAG_RELEASE) ?? ""),
      arch: headerIsSource(pointer) != 0 ? "src" : string(RPMTAG_ARCH) ?? "")
  }

  func dependencies(_ tag: rpmTag_e) -> [Dependency] {
    let list = rpmdsInit(rpmdsNew(pointer, rpmTagVal(tag.rawValue), 0))
    defer { rpmdsFree(list) }
    var found: [Dependency] = []
    while rpmdsNext(list) >= 0 {
      let name = String(cString: rpmdsN(list))
      let evr = String(cString: rpmdsEVR(list))
      let sense = rpmdsFlags(list)
      let op =
        (sense & RPMSENSE_LESS.rawValue != 0 ? "<" : "") + (sense & RPMSENSE_GREATER.rawValue != 0 ? ">" : "")
        + (sense & RPMSENSE_EQUAL.rawValue != 0 ? "=" : "")
      if name.hasPrefix("(") {
        found.append(Dependency(text: name, name: ""))
      } else if op.isEmpty || evr.isEmpty {
        found.append(Dependency(text: name, name: name))
      } else {
        found.append(Dependency(text: "\(name) \(op) \(evr)", name: name, op: op, evr: evr))
      }
    }
    return found
  }
}
