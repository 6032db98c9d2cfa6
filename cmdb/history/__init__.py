"""The past of the record: revisions as parts, the record as of a revision, what a change was."""

from cmdb.history.codec import PART_ROWS, Part, chain_digest, decode_part, encode_parts, pack_ids, unpack_ids

__all__ = ["PART_ROWS", "Part", "chain_digest", "decode_part", "encode_parts", "pack_ids", "unpack_ids"]
