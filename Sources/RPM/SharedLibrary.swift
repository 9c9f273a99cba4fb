import CElf

/// What a linker, and rpm's dependency generator, see of a shared library. Read by elfutils' libelf.
enum SharedLibrary {
  /// - Parameter content: of a whole file, aligned.
  /// - Returns: one text for each fact, sorted where order means nothing; nil for what is no library to be linked
  ///   against: other formats, objects, programs, position-independent ones too, and those that are stripped of all
  ///   that would tell.
  static func offers(_ content: UnsafeMutableRawBufferPointer) -> [String]? {
    guard elf_version(UInt32(EV_CURRENT)) != EV_NONE,
      let elf = elf_memory(content.baseAddress, content.count)
    else { return nil }
    defer { elf_end(elf) }
    var header = GElf_Ehdr()
    guard elf_kind(elf) == ELF_K_ELF, gelf_getehdr(elf, &header) != nil, header.e_type == ET_DYN,
      !hasInterpreter(elf)
    else { return nil }
    let sections = Sections(elf)
    guard let dynamic = sections.dynamic, let symbols = sections.symbols,
      let entries = Self.dynamic(dynamic, elf), entries.contains(where: { $0.hasPrefix("soname ") })
    else { return nil }
    let kind = "elf \(gelf_getclass(elf)) \(header.e_machine) \(header.e_ident.5) \(header.e_flags)"
    let versions = Versions(sections, elf)
    return [kind] + entries + versions.definitions.sorted()
      + Self.symbols(symbols, versions, elf).sorted()
  }

  /// A program that the kernel may start; the few libraries that are programs too count as those.
  private static func hasInterpreter(_ elf: OpaquePointer) -> Bool {
    var count = 0
    guard elf_getphdrnum(elf, &count) == 0 else { return true }
    return (0..<Int32(count)).contains { index in
      var part = GElf_Phdr()
      return gelf_getphdr(elf, index, &part) != nil && part.p_type == PT_INTERP
    }
  }

  /// In the order of the file: that of what is needed decides which library is searched first. Nil for a program.
  private static func dynamic(_ section: Section, _ elf: OpaquePointer) -> [String]? {
    let named: [Int32: String] = [
      DT_SONAME: "soname", DT_NEEDED: "needed", DT_RPATH: "rpath", DT_RUNPATH: "runpath",
      Int32(DT_AUXILIARY): "auxiliary", Int32(DT_FILTER): "filter",
    ]
    var entries: [String] = []
    for index in 0..<section.count {
      var entry = GElf_Dyn()
      guard gelf_getdyn(section.data, Int32(index), &entry) != nil, entry.d_tag != DT_NULL else { break }
      guard let tag = Int32(exactly: entry.d_tag) else { continue }
      if let name = named[tag] {
        entries.append("\(name) \(text(elf, section.strings, Int(entry.d_un.d_val)))")
      } else if tag == DT_FLAGS || tag == DT_FLAGS_1 || tag == DT_SYMBOLIC || tag == DT_TEXTREL {
        if tag == DT_FLAGS_1, entry.d_un.d_val & UInt64(DF_1_PIE) != 0 { return nil }
        entries.append("flags \(tag) \(entry.d_un.d_val)")
      }
    }
    return entries
  }

  private static func symbols(_ section: Section, _ versions: Versions, _ elf: OpaquePointer) -> [String] {
    var all: [(name: String, symbol: GElf_Sym)] = []
    for index in 0..<section.count {
      var symbol = GElf_Sym()
      guard gelf_getsym(section.data, Int32(index), &symbol) != nil, symbol.st_info >> 4 != STB_LOCAL else {
        continue
      }
      let name = text(elf, section.strings, Int(symbol.st_name))
      all.append((name + versions.suffix(of: index), symbol))
    }
    // a program that takes a copy of data takes it under all names of that data
    var names: [UInt64: String] = [:]
    for (name, symbol) in all where isData(symbol) && symbol.st_shndx != SHN_UNDEF {
      names[symbol.st_value] = min(names[symbol.st_value] ?? name, name)
    }
    return all.map { name, symbol in
      let binding = symbol.st_info >> 4
      let type = symbol.st_info & 15
      // what it needs itself counts too: a program that has such a symbol makes it visible when it is linked
      if symbol.st_shndx == SHN_UNDEF { return "undefined \(name) \(binding)" }
      var fact = "symbol \(name) \(binding) \(type) \(symbol.st_other & 3)"
      if symbol.st_shndx == SHN_ABS { fact += " = \(symbol.st_value)" }
      if isData(symbol) {
        // programs reserve room for a copy of data: of its size, with its alignment, writable or not
        fact += " \(symbol.st_size) \(place(of: symbol, elf)) \(names[symbol.st_value] ?? "")"
      }
      return fact
    }
  }

  private static func isData(_ symbol: GElf_Sym) -> Bool {
    let type = Int32(symbol.st_info & 15)
    return type == STT_OBJECT || type == STT_TLS || type == STT_COMMON || type == STT_NOTYPE
  }

  private static func place(of symbol: GElf_Sym, _ elf: OpaquePointer) -> String {
    var header = GElf_Shdr()
    guard let section = elf_getscn(elf, Int(symbol.st_shndx)), gelf_getshdr(section, &header) != nil else {
      return "nowhere"
    }
    let alignment = min(
      max(header.sh_addralign, 1), UInt64(1) << UInt64(min(symbol.st_value.trailingZeroBitCount, 63)))
    return "\(alignment) \(header.sh_flags & UInt64(SHF_WRITE))"
  }

  fileprivate static func text(_ elf: OpaquePointer, _ strings: Int, _ offset: Int) -> String {
    elf_strptr(elf, strings, offset).map { String(cString: $0) } ?? ""
  }
}

/// One table of an ELF file.
private struct Section {
  let data: UnsafeMutablePointer<Elf_Data>
  let count: Int
  /// Index of the section with its texts.
  let strings: Int
}

private struct Sections {
  var dynamic: Section?
  var symbols: Section?
  var versions: Section?
  var defined: Section?
  var needed: Section?

  init(_ elf: OpaquePointer) {
    var section: OpaquePointer?
    while let next = elf_nextscn(elf, section) {
      section = next
      var header = GElf_Shdr()
      guard gelf_getshdr(next, &header) != nil, let data = elf_getdata(next, nil) else { continue }
      let table = Section(
        data: data, count: header.sh_entsize == 0 ? 0 : Int(header.sh_size / header.sh_entsize),
        strings: Int(header.sh_link))
      switch header.sh_type {
      case UInt32(SHT_DYNAMIC): dynamic = table
      case UInt32(SHT_DYNSYM): symbols = table
      case UInt32(SHT_GNU_versym): versions = table
      case UInt32(SHT_GNU_verdef): defined = table
      case UInt32(SHT_GNU_verneed): needed = table
      default: break
      }
    }
  }
}

/// Symbol versions: those that the library defines, and those that it needs of others.
private struct Versions {
  private(set) var definitions: [String] = []
  private var names: [UInt16: String] = [:]
  private let table: Section?

  init(_ sections: Sections, _ elf: OpaquePointer) {
    table = sections.versions
    if let section = sections.defined { readDefined(section, elf) }
    if let section = sections.needed { readNeeded(section, elf) }
  }

  private mutating func readDefined(_ section: Section, _ elf: OpaquePointer) {
    var offset: Int32 = 0
    var definition = GElf_Verdef()
    while gelf_getverdef(section.data, offset, &definition) != nil {
      var parts: [String] = []
      var place = offset + Int32(definition.vd_aux)
      var part = GElf_Verdaux()
      for _ in 0..<definition.vd_cnt {
        guard gelf_getverdaux(section.data, place, &part) != nil else { break }
        parts.append(SharedLibrary.text(elf, section.strings, Int(part.vda_name)))
        place += Int32(part.vda_next)
      }
      names[definition.vd_ndx] = parts.first ?? ""
      definitions.append("version \(definition.vd_flags) \(parts.joined(separator: " "))")
      guard definition.vd_next != 0 else { break }
      offset += Int32(definition.vd_next)
    }
  }

  private mutating func readNeeded(_ section: Section, _ elf: OpaquePointer) {
    var offset: Int32 = 0
    var need = GElf_Verneed()
    while gelf_getverneed(section.data, offset, &need) != nil {
      var place = offset + Int32(need.vn_aux)
      var part = GElf_Vernaux()
      for _ in 0..<need.vn_cnt {
        guard gelf_getvernaux(section.data, place, &part) != nil else { break }
        names[part.vna_other] = SharedLibrary.text(elf, section.strings, Int(part.vna_name))
        place += Int32(part.vna_next)
      }
      guard need.vn_next != 0 else { break }
      offset += Int32(need.vn_next)
    }
  }

  /// `@@VERSION` of the one that new programs get, `@VERSION` of those kept for old ones.
  func suffix(of index: Int) -> String {
    var number: UInt16 = 0
    guard let table, gelf_getversym(table.data, Int32(index), &number) != nil,
      let name = names[number & 0x7fff]
    else { return "" }
    return (number & 0x8000 == 0 ? "@@" : "@") + name
  }
}
