"""Sends one transfer with substrate-interface, asks whether it went through, and reads the blocks around it.

    transfer.py URL AMOUNT

Prints one line of JSON: what the receipt says, and the calls of each block that was read.
"""

import json
import sys

from substrateinterface import Keypair, SubstrateInterface


def main(url, amount):
    chain = SubstrateInterface(url=url)
    call = chain.compose_call(
        call_module="Balances",
        call_function="transfer_keep_alive",
        call_params={"dest": Keypair.create_from_uri("//Bob").ss58_address, "value": amount},
    )
    extrinsic = chain.create_signed_extrinsic(call=call, keypair=Keypair.create_from_uri("//Alice"))
    receipt = chain.submit_extrinsic(extrinsic, wait_for_finalization=True)
    is_success = receipt.is_success
    height = chain.get_block_number(receipt.block_hash)
    blocks = [chain.get_block(block_number=number) for number in range(max(1, height - 3), height + 1)]
    blocks.append(chain.get_block())
    print(json.dumps({"isSuccess": is_success, "height": height, "blocks": [calls(block) for block in blocks]}))


def calls(block):
    names = []
    for extrinsic in block["extrinsics"]:
        call = extrinsic.value["call"]
        names.append(f"{call['call_module']}.{call['call_function']}")
    return {"height": block["header"]["number"], "calls": names}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
